-- Which numbers are expected of whom and from when: one row for each cell and source
-- that can supply it. Made anew, the same from the same configuration, by
-- package expect; it knows nothing of what has come in.
CREATE TABLE IF NOT EXISTS expectation
(
    indicator     LowCardinality(String) COMMENT 'Code of the catalogue',
    region        LowCardinality(String) COMMENT 'Code in force on the last day of the period',
    kind          LowCardinality(String) COMMENT 'flow or stock',
    period_start  Date32 COMMENT 'First day; of a stock the same as period_end',
    period_end    Date32 COMMENT 'Last day',
    freq          LowCardinality(String) COMMENT 'Frequency of the series that it is expected in: A, Q or M',
    basis         LowCardinality(String) COMMENT 'period, ytd or end',
    supplier      LowCardinality(String) COMMENT 'public, province, county, or report (taken from progress reports, asked of nobody)',
    source        LowCardinality(String) COMMENT 'Name of the source that can supply it, empty where none is known',
    unit          LowCardinality(String) COMMENT 'Coordinating unit of a provincial cell, else empty',
    expected_on   Date32 COMMENT 'Day from which it can be expected',
    verified      Bool COMMENT 'A person has seen the source supply it; if not, the gap is ours',
    waived_on     Nullable(Date32) COMMENT 'Day from which nobody expects it any more, NULL for none',
    waived_kind   LowCardinality(String) COMMENT 'not_applicable, on_platform or discontinued; empty for none',
    waived_reason String COMMENT 'Why, in Chinese'
)
ENGINE = MergeTree
ORDER BY (region, indicator, kind, period_end, period_start, source)
{{durable}}
COMMENT 'What is expected of whom and from when, whether it has come or not'
