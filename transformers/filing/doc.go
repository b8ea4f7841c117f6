// Package filing reads documents that people fill in: the workbooks of the
// coordinating units, and what is exported from the national platform. A workbook is
// read by its hidden codes, or by its labels where the codes are gone, and never by
// where a cell happens to stand. Whoever checks an upload and whoever reads the
// archived document call the same Judge, so what a person is told is what is stored
// (promise 4).
package filing
