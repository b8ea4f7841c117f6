package clickhouse

import (
	"errors"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"

	"zhibiao/pipeline"
)

// class says what a failed insert is about, and so what to do about it.
type class int

const (
	// infrastructure says nothing about the rows: the server is away, busy, full or
	// in trouble. A new batch is sent later, and nothing is taken meanwhile. Whatever
	// is not in the table below is this, known or not: connections, time-outs (159,
	// 209, 210), too much at once (202, 252), memory (241), a quota that fills again
	// (201), a replica that is read-only while it looks for its keeper (242), disk
	// (243, 74, 75, 76, 204), keeper (999), unknown (1002), and what comes next.
	infrastructure class = iota
	// data says that a value does not fit. The rows are halved until the bad ones
	// stand alone, which are set aside; the rest is stored.
	data
	// setUp says that the server is not set up for what we load. No waiting mends it
	// and no row is to blame: the loader halts, keeps everything, says what to do, and
	// goes on by itself after that.
	setUp
)

// fault is what a code of ClickHouse means for a load.
type fault struct {
	name  string
	class class
	todo  string // of setUp: what a person has to do
}

// What a person has to do.
const (
	migrate     = "run zhibiao migrate; if that is done, somebody changed the tables by hand"
	signIn      = "the settings' warehouse.user and warehouse.password_file must name an account that the server knows"
	permit      = "the account of the loader needs INSERT and SELECT on its tables; zhibiao migrate --accounts prints the statements that grant it"
	loosen      = "the server's profile or quota for the loader's account forbids what an insert needs: change it on the server"
	chooseOther = "the server is too old or was built without what the tables need: 24.8 is the oldest that is supported"
)

// faults is every code that is not infrastructure.
var faults = map[int32]fault{
	6:   {"CANNOT_PARSE_TEXT", data, ""},
	26:  {"CANNOT_PARSE_QUOTED_STRING", data, ""},
	27:  {"CANNOT_PARSE_INPUT_ASSERTION_FAILED", data, ""},
	38:  {"CANNOT_PARSE_DATE", data, ""},
	41:  {"CANNOT_PARSE_DATETIME", data, ""},
	69:  {"ARGUMENT_OUT_OF_BOUND", data, ""},
	70:  {"CANNOT_CONVERT_TYPE", data, ""},
	72:  {"CANNOT_PARSE_NUMBER", data, ""},
	117: {"INCORRECT_DATA", data, ""},
	131: {"TOO_LARGE_STRING_SIZE", data, ""},
	321: {"VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE", data, ""},
	349: {"CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN", data, ""},
	407: {"DECIMAL_OVERFLOW", data, ""},
	469: {"VIOLATED_CONSTRAINT", data, ""},
	691: {"UNKNOWN_ELEMENT_OF_ENUM", data, ""},

	8:   {"THERE_IS_NO_COLUMN", setUp, migrate},
	10:  {"NOT_FOUND_COLUMN_IN_BLOCK", setUp, migrate},
	16:  {"NO_SUCH_COLUMN_IN_TABLE", setUp, migrate},
	20:  {"NUMBER_OF_COLUMNS_DOESNT_MATCH", setUp, migrate},
	44:  {"ILLEGAL_COLUMN", setUp, migrate},
	47:  {"UNKNOWN_IDENTIFIER", setUp, migrate},
	53:  {"TYPE_MISMATCH", setUp, migrate},
	60:  {"UNKNOWN_TABLE", setUp, migrate},
	81:  {"UNKNOWN_DATABASE", setUp, migrate},
	218: {"TABLE_IS_DROPPED", setUp, migrate},

	192: {"UNKNOWN_USER", setUp, signIn},
	193: {"WRONG_PASSWORD", setUp, signIn},
	194: {"REQUIRED_PASSWORD", setUp, signIn},
	516: {"AUTHENTICATION_FAILED", setUp, signIn},

	195: {"IP_ADDRESS_NOT_ALLOWED", setUp, permit},
	291: {"DATABASE_ACCESS_DENIED", setUp, permit},
	497: {"ACCESS_DENIED", setUp, permit},

	115: {"UNKNOWN_SETTING", setUp, chooseOther},
	50:  {"UNKNOWN_TYPE", setUp, chooseOther},

	164: {"READONLY", setUp, loosen},
	199: {"QUOTA_DOESNT_ALLOW_KEYS", setUp, loosen},
	452: {"SETTING_CONSTRAINT_VIOLATION", setUp, loosen},
}

// faultOf finds what an error of the server means; ok is false for infrastructure.
func faultOf(err error) (found fault, ok bool) {
	var exception *clickhouse.Exception
	if !errors.As(err, &exception) {
		return fault{}, false
	}
	found, ok = faults[exception.Code]
	return found, ok
}

func blamesData(err error) bool {
	found, ok := faultOf(err)
	return ok && found.class == data
}

// asVerdict marks an error of the server's set-up, with what to do about it.
func asVerdict(err error) error {
	if found, ok := faultOf(err); ok && found.class == setUp {
		return pipeline.SetUp(fmt.Errorf("%w (%s): %s", err, found.name, found.todo))
	}
	return err
}
