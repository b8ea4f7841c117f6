CREATE TABLE IF NOT EXISTS indicator
(
    code String,
    name String
)
ENGINE = MergeTree
ORDER BY code
