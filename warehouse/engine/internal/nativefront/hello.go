package nativefront

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	chproto "github.com/ClickHouse/ch-go/proto"

	"zhibiao/warehouse/engine/internal/native"
	"zhibiao/warehouse/engine/internal/session"
)

const (
	// revision is the newest of the protocol that the front speaks, and oldest the
	// one from which on settings travel as texts.
	revision = int(chproto.FeatureServerQueryTimeInProgress)
	oldest   = int(chproto.FeatureSettingsSerializedAsStrings)

	longestWord = 64 << 10 // of a hello, in bytes
)

// greet exchanges the hellos and checks who the client is.
func (c *conn) greet(ctx context.Context) error {
	hello, err := readHello(c.in)
	if err != nil {
		return err
	}
	c.revision = min(hello.ProtocolVersion, revision)
	c.out.revision = c.revision
	if c.revision < oldest {
		return session.Exception(99, "UNKNOWN_PACKET_FROM_CLIENT", fmt.Sprintf("the client's protocol %d is older than %d, the oldest that is spoken here: use a client of 2020 or later", hello.ProtocolVersion, oldest))
	}
	if !c.front.config.Accounts.Check(hello.User, hello.Password) {
		return session.Exception(516, "AUTHENTICATION_FAILED", hello.User+": Authentication failed: the password is wrong, or there is no such user; accounts.json of the data folder has them")
	}
	c.account, c.database = hello.User, hello.Database
	if err := c.checkDatabase(ctx); err != nil {
		return err
	}
	if err := c.out.hello(c.front.config.Gate); err != nil {
		return err
	}
	if chproto.FeatureAddendum.In(c.revision) {
		_, err = native.ReadText(c.in, longestWord) // a quota key
	}
	return err
}

// readHello reads the client's first packet. It is the only one that anybody may
// send, so its texts are short.
func readHello(in native.Source) (chproto.ClientHello, error) {
	var hello chproto.ClientHello
	code, err := native.ReadNumber(in)
	if err != nil {
		return hello, err
	}
	if code != uint64(chproto.ClientCodeHello) {
		return hello, unexpected(code)
	}
	r := packetReader{in: in}
	hello.Name = r.text(longestWord)
	hello.Major, hello.Minor, hello.ProtocolVersion = r.small(), r.small(), r.small()
	hello.Database, hello.User, hello.Password = r.text(longestWord), r.text(longestWord), r.text(longestWord)
	return hello, r.err
}

// checkDatabase tells a client at once that its database does not exist.
func (c *conn) checkDatabase(ctx context.Context) error {
	if c.database == "" || c.database == "default" {
		return nil
	}
	opened, err := c.front.config.Gate.Open(ctx, session.Request{Account: c.account, Database: c.database})
	if err != nil {
		return err
	}
	opened.Close()
	return nil
}

// hello tells the client whom it talks to.
func (r *reply) hello(gate *session.Gate) error {
	version := [3]int{}
	for i, part := range strings.SplitN(gate.Version, ".", 4) {
		if i < len(version) {
			version[i], _ = strconv.Atoi(part)
		}
	}
	hello := chproto.ServerHello{
		Name: "ClickHouse", DisplayName: "zhibiao", Revision: revision, Timezone: gate.Timezone,
		Major: version[0], Minor: version[1], Patch: version[2],
	}
	hello.EncodeAware(&r.buffer, r.revision)
	return r.send()
}
