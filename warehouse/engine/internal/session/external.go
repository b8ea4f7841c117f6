package session

import (
	"regexp"

	"zhibiao/warehouse/engine/internal/chdb"
)

// ExternalTable is a temporary table that a client sends along with its query.
type ExternalTable struct {
	Name, Structure, Format string
	Data                    []byte
}

var (
	externalName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// Names, types with their arguments and time zones. Expressions need an
	// operator or a DEFAULT, and none of the characters here makes one.
	externalStructure = regexp.MustCompile("^[A-Za-z0-9_ ,()'/`+-]+$")
	expressionWords   = regexp.MustCompile(`(?i)\b(default|materialized|alias|ephemeral|codec|ttl)\b`)
)

// addExternal creates and fills one external table, before a handle is locked.
// Its columns come through null(), which takes a list of columns and runs
// nothing.
func (s *Session) addExternal(table ExternalTable) error {
	if !externalName.MatchString(table.Name) {
		return Exception(36, "BAD_ARGUMENTS", "an external table needs a plain name, not "+quoteText(table.Name))
	}
	if !externalStructure.MatchString(table.Structure) || expressionWords.MatchString(table.Structure) {
		return Exception(36, "BAD_ARGUMENTS", "the structure of the external table "+table.Name+" may only list names and types")
	}
	name := quoteName(table.Name)
	if err := s.handle.Run("CREATE TEMPORARY TABLE " + name + " ENGINE = Memory AS SELECT * FROM null(" + quoteText(table.Structure) + ")"); err != nil {
		return err
	}
	insert, err := s.handle.Insert(chdb.Statement{SQL: "INSERT INTO " + name, Format: table.Format})
	if err != nil {
		return err
	}
	defer insert.Close()
	if err := insert.Append(table.Data); err != nil {
		return err
	}
	_, err = insert.Done()
	return err
}
