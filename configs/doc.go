// Package configs holds the catalogue and the sources as data, and loads and
// checks them: indicators, their aliases, regions, units, absent marks, and one
// file for each source. All problems of all files are reported at once.
package configs
