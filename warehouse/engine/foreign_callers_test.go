package engine

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"zhibiao/warehouse/engine/account"
)

type curlCaller struct {
	path    string
	options []string
}

func (c curlCaller) ping(ctx context.Context) error {
	_, err := c.fetch(ctx, "http://"+shared.HTTPAddr()+"/ping", "")
	return err
}

// call gives curl's output. curl shows an error of the statement with its body.
func (c curlCaller) call(ctx context.Context, a asked, body string) ([]byte, error) {
	values := url.Values{"query": {a.sql}, "default_format": {"JSONCompactEachRow"}, "output_format_json_quote_decimals": {"1"},
		"output_format_json_quote_64bit_integers": {"1"}, "enable_http_compression": {"1"}}
	for name, value := range a.parameters {
		values.Set("param_"+name, value)
	}
	for name, value := range a.settings {
		values.Set(name, value)
	}
	return c.fetch(ctx, "http://"+shared.HTTPAddr()+"/?"+values.Encode(), body)
}

func (c curlCaller) fetch(ctx context.Context, address, body string) ([]byte, error) {
	arguments := append([]string{"--silent", "--show-error", "--fail-with-body", "--data-binary", "@-",
		"--user", account.Writer + ":" + shared.config.Accounts.Writer.Password, address}, c.options...)
	command := exec.CommandContext(ctx, c.path, arguments...)
	command.Stdin = strings.NewReader(body)
	var output, complaint bytes.Buffer
	command.Stdout, command.Stderr = &output, &complaint
	if err := command.Run(); err != nil {
		return output.Bytes(), fmt.Errorf("%w: %s %s", err, complaint.Bytes(), tailOf(output.Bytes()))
	}
	return output.Bytes(), nil
}

func tailOf(output []byte) []byte { return output[max(0, len(output)-2000):] }

func (c curlCaller) ask(ctx context.Context, a asked) (rows [][]string, err error) {
	output, err := c.call(ctx, a, "")
	if err != nil {
		return nil, err
	}
	for scanner := bufio.NewScanner(bytes.NewReader(output)); scanner.Scan(); {
		row, err := jsonRow(scanner.Bytes())
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (c curlCaller) count(ctx context.Context, sql string) (int, error) {
	output, err := c.call(ctx, asked{sql: sql}, "")
	return bytes.Count(output, []byte{'\n'}), err
}

func (c curlCaller) run(ctx context.Context, sql string) error {
	_, err := c.call(ctx, asked{sql: sql}, "")
	return err
}

func (c curlCaller) insert(ctx context.Context, table string, n int) error {
	var body strings.Builder
	for i := range n {
		fmt.Fprintf(&body, "%d\t县%d\n", i, i)
	}
	_, err := c.call(ctx, asked{sql: "INSERT INTO " + table + " (n, s) FORMAT TSV"}, body.String())
	return err
}

type scriptCaller struct {
	folder   string
	compress bool
}

func (s scriptCaller) call(ctx context.Context, what map[string]any) (answer struct {
	Rows  []json.RawMessage
	Count int
	Error string
	Code  int
}, err error) {
	what["url"], what["compress"] = "http://"+shared.HTTPAddr(), s.compress
	what["user"], what["password"] = account.Writer, shared.config.Accounts.Writer.Password
	input, err := json.Marshal(what)
	if err != nil {
		return answer, err
	}
	node := exec.CommandContext(ctx, "node", filepath.Join(s.folder, "call.cjs"))
	node.Cancel = func() error { return node.Process.Signal(syscall.SIGTERM) }
	node.WaitDelay = 20 * time.Second
	node.Stdin = bytes.NewReader(input)
	var output, complaint bytes.Buffer
	node.Stdout, node.Stderr = &output, &complaint
	ran := node.Run()
	if err := json.Unmarshal(output.Bytes(), &answer); err != nil {
		return answer, fmt.Errorf("%w: %w: %s", ran, err, complaint.Bytes())
	}
	if answer.Error != "" {
		return answer, fmt.Errorf("Code: %d. %s", answer.Code, answer.Error)
	}
	return answer, nil
}

func (s scriptCaller) ping(ctx context.Context) error {
	_, err := s.call(ctx, map[string]any{"op": "ping"})
	return err
}

func (s scriptCaller) ask(ctx context.Context, c asked) ([][]string, error) {
	answer, err := s.call(ctx, map[string]any{"op": "ask", "sql": c.sql, "parameters": c.parameters, "settings": c.settings})
	if err != nil {
		return nil, err
	}
	rows := make([][]string, len(answer.Rows))
	for i, row := range answer.Rows {
		if rows[i], err = jsonRow(row); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (s scriptCaller) count(ctx context.Context, sql string) (int, error) {
	answer, err := s.call(ctx, map[string]any{"op": "count", "sql": sql})
	return answer.Count, err
}

func (s scriptCaller) run(ctx context.Context, sql string) error {
	_, err := s.call(ctx, map[string]any{"op": "run", "sql": sql + " FORMAT TSV"})
	return err
}

func (s scriptCaller) insert(ctx context.Context, table string, n int) error {
	_, err := s.call(ctx, map[string]any{"op": "insert", "table": table + " (n, s)", "count": n})
	return err
}
