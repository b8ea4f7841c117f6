package portal

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"zhibiao/pipeline"
	"zhibiao/portal/account"
	"zhibiao/portal/web"
	"zhibiao/warehouse/dictionary"
	"zhibiao/warehouse/export"
)

// exports answers GET /export/….
type exports struct {
	config Config
	places chan struct{}
}

// table returns the pages of exports. They answer in plain text, for they are asked by
// spreadsheets and scripts too.
func (e *exports) table() []web.Page {
	rule := web.Rule{Right: account.Export, OnLoopback: true}
	plain := func(handler http.HandlerFunc) web.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			handler(w, r)
			return nil
		}
	}
	return []web.Page{
		{Method: http.MethodGet, Pattern: "/export/{$}", Allow: rule, ChecksQuery: true, Menu: &web.Menu{ZH: "数据导出", EN: "Exports"}, Handler: plain(e.list)},
		{Method: http.MethodGet, Pattern: "/export/{file}", Allow: rule, ChecksQuery: true, Handler: plain(e.serve),
			Example: func(account.Object) string { return "/export/observation.csv" }},
	}
}

// list names what can be exported, one a line with its meaning, by name.
func (e *exports) list(w http.ResponseWriter, r *http.Request) {
	if err := onlyParameters(r.URL.Query()); err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, name := range export.Views() {
		relation, _ := dictionary.Find(name)
		fmt.Fprintf(w, "/export/%s.csv\t%s\t%s\n", name, relation.ZH, relation.EN)
	}
}

const dictionarySuffix = ".dictionary.csv"

func (e *exports) serve(w http.ResponseWriter, r *http.Request) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		refuse(w, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("reading the parameters: %w", err)))
		return
	}
	file := r.PathValue("file")
	if view, found := strings.CutSuffix(file, dictionarySuffix); found {
		e.dictionary(w, view, query)
		return
	}
	view, format, _ := strings.Cut(file, ".")
	if !slices.Contains(export.Formats, format) {
		refuse(w, export.UnknownFormat(format))
		return
	}
	request, err := readRequest(view, query)
	if err != nil {
		refuse(w, err)
		return
	}
	select {
	case e.places <- struct{}{}:
		defer func() { <-e.places }()
	default:
		w.Header().Set("Retry-After", "10")
		http.Error(w, fmt.Sprintf("%d exports are running already: try again in a while", cap(e.places)), http.StatusServiceUnavailable)
		return
	}
	e.export(w, r, request, format)
}

// parameters are the names that an export takes.
var parameters = []string{"at", "column", "from", "indicator", "region", "to"}

// readRequest names a parameter that is unknown or there twice (promise 11).
func readRequest(view string, query url.Values) (export.Request, error) {
	if err := onlyParameters(query, parameters...); err != nil {
		return export.Request{}, err
	}
	for _, once := range []string{"at", "from", "to"} {
		if values := query[once]; len(values) > 1 || len(values) == 1 && values[0] == "" {
			return export.Request{}, pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("parameter %s: want one value", once))
		}
	}
	return export.Request{
		View: view, Columns: query["column"], Regions: query["region"], Indicators: query["indicator"],
		From: query.Get("from"), To: query.Get("to"), At: query.Get("at"),
	}, nil
}

func onlyParameters(query url.Values, known ...string) error {
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.Contains(known, name) {
			hint := "there are none here"
			if len(known) > 0 {
				hint = "choose from " + strings.Join(known, ", ")
			}
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("unknown parameter %q: %s", name, hint))
		}
	}
	return nil
}

func (e *exports) dictionary(w http.ResponseWriter, view string, query url.Values) {
	if err := onlyParameters(query, "column"); err != nil {
		refuse(w, err)
		return
	}
	relation, err := export.Describe(export.Request{View: view, Columns: query["column"]})
	if err != nil {
		refuse(w, err)
		return
	}
	attach(w, view+dictionarySuffix, "csv")
	if err := export.WriteDictionary(w, relation); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// export sends the rows. An error before the first byte has a status of its own; a
// later one cuts the connection, so that nobody takes a part for the whole.
func (e *exports) export(w http.ResponseWriter, r *http.Request, request export.Request, format string) {
	reader, err := e.config.Reader(r.Context())
	if err != nil {
		e.fail(w, request, err)
		return
	}
	rows, err := export.Open(r.Context(), reader, request)
	if err != nil {
		e.fail(w, request, err)
		return
	}
	defer rows.Close()
	attach(w, request.View+"."+format, format)
	if r.Method == http.MethodHead {
		return
	}
	out := bufio.NewWriterSize(patient{w, e.config.Stall}, 64<<10)
	err = rows.Write(out, format)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		e.config.Logger.Warn("an export broke off", zap.String("view", request.View), zap.Error(err))
		panic(http.ErrAbortHandler)
	}
}

var contentTypes = map[string]string{"csv": "text/csv; charset=utf-8; header=present", "parquet": "application/vnd.apache.parquet"}

func attach(w http.ResponseWriter, name, format string) {
	w.Header().Set("Content-Type", contentTypes[format])
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// fail also logs what is not the user's doing.
func (e *exports) fail(w http.ResponseWriter, request export.Request, err error) {
	if pipeline.ExitCode(err) != pipeline.ExitYourInput {
		e.config.Logger.Error("an export failed", zap.String("view", request.View), zap.Error(err))
	}
	refuse(w, err)
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch pipeline.ExitCode(err) {
	case pipeline.ExitYourInput:
		status = http.StatusBadRequest
	case pipeline.ExitEnvironment:
		status = http.StatusServiceUnavailable
	}
	http.Error(w, err.Error(), status)
}

// patient gives the client a fresh time limit for each piece that it takes.
type patient struct {
	http.ResponseWriter
	stall time.Duration
}

func (p patient) Write(piece []byte) (int, error) {
	_ = http.NewResponseController(p.ResponseWriter).SetWriteDeadline(time.Now().Add(p.stall))
	return p.ResponseWriter.Write(piece)
}
