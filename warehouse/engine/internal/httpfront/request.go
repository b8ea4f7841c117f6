package httpfront

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"zhibiao/warehouse/engine/internal/session"
	"zhibiao/warehouse/engine/internal/sqltext"
)

// incoming is a request, read up to the data of an INSERT.
type incoming struct {
	text     string
	parsed   sqltext.Statement
	data     io.Reader // what follows the text of an INSERT, nil for others
	body     io.Reader // the rest of the raw body, to be drained after an error
	queryID  string
	database string
	format   string // of the result
	settings map[string]string
	values   map[string]string // of {name:Type} parameters
	external []session.ExternalTable

	readOnly  bool // GET
	blocks    bool // compress=1: the result goes in ClickHouse's compressed blocks
	method    string
	level     int
	whole     bool // wait_end_of_query: no byte before the end
	revision  uint64
	goClient  bool
	encodings string
}

// reserved are the URL parameters that are not settings.
var reserved = map[string]bool{
	"query": true, "user": true, "password": true, "database": true, "default_format": true, "query_id": true,
	"compress": true, "decompress": true, "quota_key": true, "stacktrace": true, "client_protocol_version": true,
	"wait_end_of_query": true, "buffer_size": true, "close_session": true, "session_check": true, "session_timeout": true,
}

// read takes the request apart.
func (f *Front) read(w http.ResponseWriter, r *http.Request) (*incoming, error) {
	parameters := r.URL.Query()
	in := &incoming{
		queryID:   first(parameters.Get("query_id"), r.Header.Get("X-ClickHouse-Query-Id")),
		database:  first(parameters.Get("database"), r.Header.Get("X-ClickHouse-Database")),
		settings:  map[string]string{},
		values:    map[string]string{},
		readOnly:  r.Method != http.MethodPost,
		blocks:    enabled(parameters.Get("compress")),
		method:    parameters.Get("network_compression_method"),
		whole:     enabled(first(parameters.Get("wait_end_of_query"), parameters.Get("http_wait_end_of_query"))),
		goClient:  strings.Contains(r.UserAgent(), "clickhouse-go/"),
		encodings: r.Header.Get("Accept-Encoding"),
	}
	in.level, _ = strconv.Atoi(parameters.Get("network_zstd_compression_level"))
	in.revision, _ = strconv.ParseUint(parameters.Get("client_protocol_version"), 10, 32)
	for _, name := range []string{"session_id", "role"} {
		if parameters.Get(name) != "" {
			return nil, session.Exception(48, "NOT_IMPLEMENTED", "the parameter "+name+" is not supported by the embedded engine: each request stands alone")
		}
	}
	body, err := f.open(w, r, enabled(parameters.Get("decompress")))
	if err != nil {
		return nil, err
	}
	in.body = body
	text := parameters.Get("query")
	if kind, options, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == "multipart/form-data" {
		if text, err = f.readForm(in, text, parameters, multipart.NewReader(body, options["boundary"])); err != nil {
			return nil, err
		}
		body = http.NoBody
	}
	in.readParameters(parameters)
	if err := f.readText(in, text, body); err != nil {
		return nil, err
	}
	in.format = first(in.parsed.Format, parameters.Get("default_format"), r.Header.Get("X-ClickHouse-Format"), "TabSeparated")
	return in, nil
}

// readParameters tells settings and values from the reserved parameters.
func (in *incoming) readParameters(parameters url.Values) {
	external := map[string]bool{}
	for _, table := range in.external {
		for _, suffix := range []string{"_format", "_structure", "_types"} {
			external[table.Name+suffix] = true
		}
	}
	for name := range parameters {
		if value, ok := strings.CutPrefix(name, "param_"); ok {
			in.values[value] = parameters.Get(name)
		} else if !reserved[name] && !external[name] {
			in.settings[name] = parameters.Get(name)
		}
	}
}

// readText finds the whole statement in the URL, the body or both, and where the
// data of an INSERT begins. The text of the URL comes first, as in ClickHouse.
func (f *Front) readText(in *incoming, text string, body io.Reader) error {
	if in.settle(text); in.parsed.Data >= 0 {
		in.data = io.MultiReader(strings.NewReader(text[in.parsed.Data:]), body)
		return nil
	}
	read := []byte(text)
	if text != "" {
		read = append(read, '\n')
	}
	for step := int64(256 << 10); ; step *= 4 {
		more, err := io.ReadAll(io.LimitReader(body, step))
		if err != nil {
			return bodyError(err)
		}
		read = append(read, more...)
		in.settle(string(read))
		switch {
		case in.parsed.Data >= 0:
			in.data = io.MultiReader(bytes.NewReader(read[in.parsed.Data:]), body)
			return nil
		case int64(len(more)) < step:
			if strings.TrimSpace(in.text) == "" {
				return session.Exception(62, "SYNTAX_ERROR", "Syntax error: the query is empty")
			}
			return nil
		case int64(len(read)) > f.config.Query:
			return session.Exception(62, "SYNTAX_ERROR", "the text of the query is longer than "+strconv.FormatInt(f.config.Query, 10)+" bytes")
		}
	}
}

func (in *incoming) settle(text string) {
	in.text, in.parsed = text, sqltext.Parse(text)
}

// readForm reads a multipart body: the query, values, and external tables.
func (f *Front) readForm(in *incoming, text string, parameters url.Values, form *multipart.Reader) (string, error) {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return text, nil
		}
		if err != nil {
			return "", bodyError(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return "", bodyError(err)
		}
		name := part.FormName()
		switch structure := first(parameters.Get(name+"_structure"), parameters.Get(name+"_types")); {
		case name == "query":
			text += string(content)
		case strings.HasPrefix(name, "param_"):
			in.values[strings.TrimPrefix(name, "param_")] = string(content)
		case structure != "":
			in.external = append(in.external, session.ExternalTable{
				Name: name, Structure: structure, Data: content,
				Format: first(parameters.Get(name+"_format"), "TabSeparated"),
			})
		default:
			return "", session.Exception(36, "BAD_ARGUMENTS", "the form field "+strconv.Quote(name)+" is neither query nor a value, and the URL has no "+name+"_structure for it")
		}
	}
}

func enabled(value string) bool { return value == "1" || strings.EqualFold(value, "true") }

func first(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
