package session

import (
	"fmt"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"zhibiao/warehouse/engine/account"
)

// transport are settings that a client addresses to the protocol; the front has
// acted on them or has no use for them, and the engine does not get them.
var transport = map[string]bool{
	"network_compression_method": true, "network_zstd_compression_level": true,
	"send_progress_in_http_headers": true, "http_headers_progress_interval_ms": true,
	"enable_http_compression": true, "http_zlib_compression_level": true,
	"http_wait_end_of_query": true, "http_response_buffer_size": true,
	"http_write_exception_in_output_format": true, "http_native_compression_disable_checksumming_on_decompress": true,
	"http_connection_timeout": true, "http_receive_timeout": true, "http_send_timeout": true,
	"connect_timeout": true, "receive_timeout": true, "send_timeout": true, "interactive_delay": true,
	"add_http_cors_header": true, "cancel_http_readonly_queries_on_client_close": true,
}

// readerMay are the settings that a reader may choose freely: they shape the
// answer or make the limits tighter. The clamped ones are in ceilings.
var readerMay = regexp.MustCompile(`^(output_format_[a-z0-9_]+|format_csv_delimiter|format_tsv_null_representation|format_csv_null_representation|` +
	`bool_true_representation|bool_false_representation|date_time_output_format|date_time_input_format|session_timezone|extremes|limit|offset|` +
	`result_overflow_mode|read_overflow_mode|timeout_overflow_mode|group_by_overflow_mode|max_bytes_to_read|` +
	`max_rows_to_group_by|max_block_size|preferred_block_size_bytes|join_use_nulls|union_default_mode|final|prefer_column_name_to_alias|` +
	`log_comment|priority|max_ast_depth|max_ast_elements|totals_mode|aggregate_functions_null_for_empty|` +
	`transform_null_in|any_join_distinct_right_table_keys|readonly|log_queries)$`)

// loaderMay are the settings that shape a loader's INSERT.
var loaderMay = regexp.MustCompile(`^(async_insert|insert_deduplicate|insert_deduplication_token|max_partitions_per_insert_block|max_insert_block_size|` +
	`min_insert_block_size_rows|min_insert_block_size_bytes|input_format_null_as_default|insert_quorum|insert_quorum_timeout|log_comment|` +
	`max_execution_time|max_block_size|session_timezone|low_cardinality_allow_in_native_format)$`)

// namesFile are settings whose value is a file that the engine reads or writes,
// such as output_format_schema.
var namesFile = regexp.MustCompile(`schema|path|file`)

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// resolution is the least that a bounded setting tells from 0, which is no limit:
// the engine counts time in microseconds.
const resolution = 1e-6

// ceilings are the most that a reader gets of a bounded setting; nothing or more
// than the ceiling becomes the ceiling.
func (g *Gate) ceilings(materialized bool) map[string]uint64 {
	result := uint64(1 << 40)
	if materialized {
		result = g.limits.Materialized
	}
	return map[string]uint64{
		"max_execution_time": uint64(g.limits.Execution.Seconds()),
		"max_memory_usage":   g.limits.Memory,
		"max_threads":        uint64(runtime.NumCPU()),
		"max_result_bytes":   result,
		"max_result_rows":    g.limits.ResultRows,
		"max_rows_to_read":   g.limits.ReadRows,
	}
}

// settingsOf are the settings of a session: the base, then the request's.
func (g *Gate) settingsOf(request Request) (map[string]string, error) {
	settings := map[string]string{
		"implicit_select":  "0", // else a mistyped word is a query
		"async_insert":     "0", // an answered INSERT is stored
		"max_memory_usage": strconv.FormatUint(g.limits.Memory, 10),
	}
	maps.Copy(settings, g.base)
	reader := request.Account != account.Writer && request.Account != account.Loader
	if reader {
		settings["max_execution_time"] = strconv.FormatUint(uint64(g.limits.Execution.Seconds()), 10)
		settings["max_result_rows"] = strconv.FormatUint(g.limits.ResultRows, 10)
		settings["max_rows_to_read"] = strconv.FormatUint(g.limits.ReadRows, 10)
	}
	if request.Materialized {
		settings["max_result_bytes"] = strconv.FormatUint(g.limits.Materialized, 10)
	}
	for name, value := range request.Settings {
		if transport[name] {
			continue
		}
		if !settingName.MatchString(name) {
			return nil, Exception(115, "UNKNOWN_SETTING", fmt.Sprintf("%q is not the name of a setting", name))
		}
		if request.Account == account.Loader && !loaderMay.MatchString(name) {
			return nil, mayNotSet(request.Account, name)
		}
		if reader {
			allowed, err := g.readerSetting(name, value, request.Materialized)
			if err != nil {
				return nil, err
			}
			value = allowed
		}
		if name != "readonly" || !reader {
			settings[name] = value
		}
	}
	return settings, nil
}

func mayNotSet(account, name string) error {
	return Exception(452, "SETTING_CONSTRAINT_VIOLATION", fmt.Sprintf("the account %s may not change the setting %s", account, name))
}

// readerSetting checks one setting of a reader and gives the value to use.
func (g *Gate) readerSetting(name, value string, materialized bool) (string, error) {
	if name == "readonly" && value != "1" && value != "2" {
		return "", Exception(164, "READONLY", "Cannot modify 'readonly' setting in readonly mode")
	}
	ceiling, clamped := g.ceilings(materialized)[name]
	switch {
	case clamped:
		asked, err := strconv.ParseFloat(value, 64)
		if err != nil || !(asked >= 0) { // NaN is neither
			return "", Exception(72, "CANNOT_PARSE_NUMBER", fmt.Sprintf("the setting %s needs a number of at least 0, not %q", name, value))
		}
		if asked < resolution || asked > float64(ceiling) {
			return strconv.FormatUint(ceiling, 10), nil
		}
		return value, nil
	case readerMay.MatchString(name) && !namesFile.MatchString(name):
		return value, nil
	default:
		return "", mayNotSet(account.Reader, name)
	}
}

// setStatement writes one SET; readonly goes last so that it does not bar the
// others.
func setStatement(settings map[string]string) string {
	names := slices.SortedFunc(maps.Keys(settings), func(a, b string) int {
		if (a == "readonly") != (b == "readonly") {
			return map[bool]int{true: 1, false: -1}[a == "readonly"]
		}
		return strings.Compare(a, b)
	})
	assignments := make([]string, len(names))
	for i, name := range names {
		assignments[i] = name + " = " + quoteText(settings[name])
	}
	return "SET " + strings.Join(assignments, ", ")
}

func quoteText(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

func quoteName(name string) string {
	return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(name) + "`"
}
