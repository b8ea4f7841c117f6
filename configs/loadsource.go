package configs

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"zhibiao/pipeline"
)

// sources reads every file of the folder; its names are in order.
func (l *loader) sources() {
	entries, err := fs.ReadDir(l.fsys, sourcesFolder)
	if err != nil {
		l.problems.add(sourcesFolder, position{}, "put the folder there", "reading it: %v", err)
		return
	}
	for _, entry := range entries {
		file := path.Join(sourcesFolder, entry.Name())
		name, isYAML := strings.CutSuffix(entry.Name(), ".yaml")
		switch {
		case strings.HasSuffix(entry.Name(), ".yml"):
			l.problems.add(file, position{}, "call it "+strings.TrimSuffix(entry.Name(), ".yml")+".yaml", "the file would not be read")
		case !isYAML || entry.IsDir():
		case !sourceName.MatchString(name):
			l.problems.add(file, position{}, "use a–z, 0–9 and - only", "the name %q is no name of a source", name)
		default:
			l.source(name, file)
		}
	}
}

func (l *loader) source(name, file string) {
	if data, ok := l.file(file); ok {
		l.readSource(name, file, data)
	}
}

func (l *loader) readSource(name, file string, data []byte) {
	var f sourceFile
	before := len(*l.problems)
	c := checker{document: readYAML(file, data, &f, l.problems), set: l.set}
	if c.broken {
		return
	}
	c.source(&f)
	if len(*l.problems) > before {
		return
	}
	source := f.source(name)
	if source.Rules.Kind == pipeline.KindPlatform {
		source.Rules.Platform = l.set.expected.platform
	}
	l.set.sources = append(l.set.sources, source)
	l.set.addresses[name] = addressesOf(&f)
	l.set.evidence[name] = strings.TrimSpace(f.Evidence)
}

// WithSource returns the set with one more source, or another in place of the one
// of its name: what a file says that is not installed. The error is Problems.
func (s *Set) WithSource(file string, data []byte) (*Set, error) {
	name, isYAML := strings.CutSuffix(path.Base(file), ".yaml")
	var problems Problems
	if !isYAML || !sourceName.MatchString(name) {
		problems.add(file, position{}, "call it NAME.yaml with a–z, 0–9 and - in NAME", "%q is no name of a source's file", path.Base(file))
		return nil, problems
	}
	with := *s
	with.sources = slices.DeleteFunc(slices.Clone(s.sources), func(other *pipeline.Source) bool { return other.Name == name })
	with.addresses, with.evidence = maps.Clone(s.addresses), maps.Clone(s.evidence)
	l := loader{set: &with, problems: &problems}
	l.readSource(name, file, data)
	if err := problems.err(); err != nil {
		return nil, err
	}
	slices.SortFunc(with.sources, func(a, b *pipeline.Source) int { return strings.Compare(a.Name, b.Name) })
	return &with, nil
}
