package httpfront

import (
	"fmt"
	"strings"

	chproto "github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"
)

// helloQuery is how clickhouse-go asks for the server's identity.
const helloQuery = "SELECT displayName(), version(), revision(), timezone()"

func isHello(in *incoming) bool {
	return in.revision > 0 && strings.EqualFold(in.format, "Native") && strings.TrimSpace(in.text) == helloQuery
}

// hello answers the identity in the client's own revision and names 0 as the
// server's: libchdb writes Native only at revision 0, and clickhouse-go decodes
// all further results at the revision it is told here.
func (f *Front) hello(in *incoming, reply *reply) error {
	block := proto.NewBlock()
	for _, each := range [][2]string{{"displayName()", "String"}, {"version()", "String"}, {"revision()", "UInt32"}, {"timezone()", "String"}} {
		if err := block.AddColumn(each[0], column.Type(each[1])); err != nil {
			return fmt.Errorf("making the hello block: %w", err)
		}
	}
	if err := block.Append("zhibiao", f.config.Gate.Version, uint32(0), f.config.Gate.Timezone); err != nil {
		return fmt.Errorf("making the hello block: %w", err)
	}
	encoded, err := encode(block, in.revision)
	if err != nil {
		return err
	}
	if err := reply.begin(in, bin); err != nil {
		return err
	}
	if _, err := reply.Write(encoded); err != nil {
		return err
	}
	return reply.finish()
}

// blockRevision is the one at which the client reads blocks: clickhouse-go was told 0.
func (in *incoming) blockRevision() int {
	if in.goClient {
		return 0
	}
	return int(in.revision)
}

func encode(block *proto.Block, revision uint64) ([]byte, error) {
	buffer := new(chproto.Buffer)
	if err := block.Encode(buffer, revision); err != nil {
		return nil, fmt.Errorf("writing a block at revision %d: %w", revision, err)
	}
	return buffer.Buf, nil
}
