// Package filing makes the workbooks that the coordinating units of the province
// fill in, checks what comes back, and hands it to the line as a document like any
// other. It also brings in what counties have entered on the national platform, and
// makes the sheet by which they fill in the rest there.
//
//	Make     an XLSX with only the cells that a unit should supply and that are missing
//	Check    what is right and wrong in a filled one, cell by cell, with a marked copy
//	Upload   the Collector of a filed document: its body as it came, one lineage each
//	Folder   a watched folder into which workbooks are put
//
// Whether a cell is right is not decided here: Check asks the reader of the line, so
// that what a person is told is what will be stored.
package filing
