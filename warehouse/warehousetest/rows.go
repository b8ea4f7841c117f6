package warehousetest

import (
	"fmt"
	"time"

	"zhibiao/pipeline"
)

// Night is when version n of the test documents was fetched: n days after the first.
func Night(n int) time.Time {
	return time.Date(2025, 3, 1, 2, 30, 0, int(123*time.Millisecond), time.UTC).AddDate(0, 0, n)
}

// Origin returns the origin of a document of one lineage of source "county-bulletins",
// fetched on night n; body tells documents apart.
func Origin(lineage, body string, n int) *pipeline.Origin {
	hash := pipeline.HashBody([]byte(body))
	derivation := pipeline.ContentID("derivation", "1")
	return &pipeline.Origin{
		Source:    "county-bulletins",
		Supplier:  pipeline.Public,
		Lineage:   lineage,
		Version:   pipeline.VersionID("county-bulletins", lineage, hash, fmt.Sprint(n), derivation),
		Document:  hash,
		FetchedAt: Night(n), KnownAt: Night(n),
		Derivation: derivation, DerivationNo: 1,
	}
}

// GDP returns a county's printed GDP of 2024; every field of it is set.
func GDP(origin *pipeline.Origin, region, value string) pipeline.Observation {
	return pipeline.Observation{
		Origin: origin, Indicator: "gdp", Region: region, Period: pipeline.YearPeriod(2024, pipeline.Flow),
		Op: pipeline.Assert, Value: value, Unit: "亿元", Decimals: 2, HalfWidth: "0.005",
		Status: pipeline.First, Access: pipeline.AccessPublic,
		RawText: value, RawUnit: "亿元", Sign: pipeline.Plus,
		Locator: "table[1]/tr[2]/td[3]", ByteStart: 1000, ByteEnd: 1000 + uint32(len(value)),
	}
}

// Retract returns the row that takes an observation back, in a later document.
func Retract(origin *pipeline.Origin, o pipeline.Observation) pipeline.Observation {
	return about(origin, o, pipeline.Retract)
}

// Withdraw returns the row that says that a document no longer shows an observation.
func Withdraw(origin *pipeline.Origin, o pipeline.Observation) pipeline.Observation {
	row := about(origin, o, pipeline.Withdraw)
	row.Value, row.HalfWidth = o.Value, o.HalfWidth
	row.Flags = pipeline.WithFlag(o.Flags, pipeline.FlagWithdrawn)
	return row
}

func about(origin *pipeline.Origin, o pipeline.Observation, op pipeline.Op) pipeline.Observation {
	row := o
	row.Origin, row.Op, row.Prior = origin, op, o.ID()
	row.Value, row.HalfWidth, row.RawText, row.RawUnit, row.Sign = "", "", "", "", 0
	row.Locator, row.ByteStart, row.ByteEnd = "", 0, 0
	return row
}

// Many returns n different observations of documents of 500 rows each, as a bulk load
// brings them: many regions, indicators and years, all of one supplier.
func Many(n int) []pipeline.Observation {
	rows := make([]pipeline.Observation, n)
	var origin *pipeline.Origin
	for i := range rows {
		if i%500 == 0 {
			name := fmt.Sprintf("bulletin %d", i/500)
			origin = Origin(pipeline.LineageID("county-bulletins", "GET", "http://tjj.example.cn/"+name, nil), name, i/500%30)
		}
		year := 1990 + i/500%35
		rows[i] = pipeline.Observation{
			Origin: origin, Indicator: fmt.Sprintf("indicator%d", i%97), Region: fmt.Sprint(140100 + i/500%500),
			Period: pipeline.YearPeriod(year, pipeline.Flow), Op: pipeline.Assert,
			Value: fmt.Sprintf("%d.%d", i*7919%1000000, 1+i%9), Unit: "亿元", Decimals: 1, HalfWidth: "0.05",
			Status: pipeline.First, Access: pipeline.AccessPublic,
			RawText: fmt.Sprintf("%d.%d", i*7919%1000000, 1+i%9), RawUnit: "亿元", Sign: pipeline.Plus,
			Locator:   fmt.Sprintf("table[%d]/tr[%d]/td[%d]", 1+i%500/100, 2+i%100, 2+i%7),
			ByteStart: uint32(4000 + i%500*90), ByteEnd: uint32(4000 + i%500*90 + 8),
		}
	}
	return rows
}
