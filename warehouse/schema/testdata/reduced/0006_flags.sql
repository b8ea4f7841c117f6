ALTER TABLE observation ADD COLUMN IF NOT EXISTS flags Array(String) AFTER value
