package nativefront

import (
	"bufio"
	"bytes"
	"maps"
	"strings"
	"testing"

	chproto "github.com/ClickHouse/ch-go/proto"
	"pgregory.net/rapid"

	"zhibiao/warehouse/engine/internal/native"
)

// written is a query packet without its code, as ch-go writes it.
func written(q chproto.Query, version int) []byte {
	buffer := new(chproto.Buffer)
	q.EncodeAware(buffer, version)
	return buffer.Buf[1:]
}

var versions = []int{oldest, int(chproto.FeatureInterServerSecret), int(chproto.FeatureOpenTelemetry), int(chproto.FeatureParallelReplicas), int(chproto.FeatureParameters), revision}

func TestAQueryIsReadAsItWasWrittenAtEveryRevision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.SampledFrom(versions).Draw(t, "version")
		settings := rapid.MapOfN(rapid.StringMatching(`[a-z_]{1,20}`), rapid.String(), 0, 4).Draw(t, "settings")
		values := rapid.MapOfN(rapid.StringMatching(`[a-z_]{1,20}`), rapid.String(), 0, 4).Draw(t, "values")
		q := chproto.Query{
			ID: "id", Body: rapid.String().Draw(t, "body"), Stage: chproto.StageComplete, Compression: chproto.CompressionEnabled,
			Info: chproto.ClientInfo{Interface: chproto.InterfaceTCP, Query: chproto.ClientQueryInitial, ProtocolVersion: version},
		}
		for name, value := range settings {
			q.Settings = append(q.Settings, chproto.Setting{Key: name, Value: value})
		}
		for name, value := range values {
			quoted := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\t", `\t`, "\r", `\r`, "\x00", `\0`).Replace(value) + "'"
			q.Parameters = append(q.Parameters, chproto.Parameter{Key: name, Value: quoted})
		}
		packet := append(written(q, version), "next"...)
		in := bufio.NewReaderSize(bytes.NewReader(packet), native.SourceSize)
		got, err := readQuery(in, version, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if !chproto.FeatureParameters.In(version) {
			values = nil
		}
		if got.text != q.Body || !maps.Equal(got.settings, settings) || !maps.Equal(got.values, values) || !got.compressed || !got.complete {
			t.Fatalf("got %+v", got)
		}
		if in.Buffered() != len("next") {
			t.Fatalf("%d bytes are left", in.Buffered())
		}
	})
}

func TestAValueIsUnquoted(t *testing.T) {
	for dump, want := range map[string]string{
		`'a'`: "a", `'it\'s \\ \n\t\r\0'`: "it's \\ \n\t\r\x00", `''`: "", `plain`: "plain", `UInt64_7`: "7", `Int64_-7`: "-7", `max_x`: "max_x", `'`: "'", ``: "",
	} {
		if got, err := unquoted(dump); err != nil || got != want {
			t.Errorf("%s became %q, error %v; want %q", dump, got, err, want)
		}
	}
	if got, err := unquoted(`'ab\'`); err == nil {
		t.Errorf("half an escape became %q", got)
	}
}

func TestAPacketIsNotTrustedWithItsLengths(t *testing.T) {
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}
	if _, err := readHello(native.NewMemory(append([]byte{0}, huge...))); err == nil {
		t.Error("a hello with a name of 2^62 bytes was read")
	}
	if _, err := readQuery(native.NewMemory(huge), revision, 1<<20); err == nil {
		t.Error("a query with an id of 2^62 bytes was read")
	}
	long := written(chproto.Query{Body: strings.Repeat("x", 2000), Stage: chproto.StageComplete, Info: chproto.ClientInfo{Interface: chproto.InterfaceTCP, Query: chproto.ClientQueryInitial}}, revision)
	if _, err := readQuery(native.NewMemory(long), revision, 1000); err == nil {
		t.Error("a text above the limit was read")
	}
}

func FuzzReadQuery(f *testing.F) {
	for _, version := range versions {
		f.Add(written(chproto.Query{
			ID: "id", Body: "SELECT 1", Stage: chproto.StageComplete,
			Info:       chproto.ClientInfo{Interface: chproto.InterfaceTCP, Query: chproto.ClientQueryInitial},
			Settings:   []chproto.Setting{{Key: "max_threads", Value: "1"}},
			Parameters: []chproto.Parameter{{Key: "p", Value: "'x\\'y'"}},
		}, version), uint16(version-oldest))
	}
	f.Fuzz(func(t *testing.T, packet []byte, version uint16) {
		const longest = 1 << 16
		q, err := readQuery(native.NewMemory(packet), oldest+int(version)%(revision-oldest+1), longest)
		if err == nil && len(q.text) > len(packet) {
			t.Fatalf("a text of %d bytes came from %d", len(q.text), len(packet))
		}
		_, _ = readHello(native.NewMemory(packet))
	})
}
