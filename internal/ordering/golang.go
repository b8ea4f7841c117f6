package ordering

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// hole stands in a query for what a program puts in at run time. It is no key, so an
// order by it is refused unless it is marked as checked.
const hole = " put_in_at_run_time "

// verb is a place that fmt.Sprintf fills.
var verb = regexp.MustCompile(`%(?:\[\d+\])?[+#]?[svdqx]`)

// directive marks a literal whose order a test checks. The reason is required.
var directive = regexp.MustCompile(`^//ordering:checked \S`)

// inGo judges the string literals of a file, with those that + ties together taken as
// one. A constant of the same file is put in by its value.
func inGo(content string) ([]Finding, error) {
	if !mayHoldSQL(content) {
		return nil, nil
	}
	files := gotoken.NewFileSet()
	file, err := parser.ParseFile(files, "", content, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	reading := goFile{files: files, constants: map[string]ast.Expr{}, checked: map[int]bool{}}
	reading.note(file)
	ast.Inspect(file, reading.visit)
	slices.SortStableFunc(reading.findings, func(a, b Finding) int { return a.Line - b.Line })
	return reading.findings, nil
}

type goFile struct {
	files     *gotoken.FileSet
	constants map[string]ast.Expr
	checked   map[int]bool // lines with the directive
	findings  []Finding
}

func (g *goFile) line(at gotoken.Pos) int { return g.files.Position(at).Line }

// note finds the constants and the directives.
func (g *goFile) note(file *ast.File) {
	for _, comments := range file.Comments {
		for _, c := range comments.List {
			if directive.MatchString(c.Text) {
				g.checked[g.line(c.Pos())] = true
			}
		}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		declaration, ok := node.(*ast.GenDecl)
		if !ok || declaration.Tok != gotoken.CONST {
			return true
		}
		for _, spec := range declaration.Specs {
			values := spec.(*ast.ValueSpec)
			for i, name := range values.Names {
				if i < len(values.Values) {
					g.constants[name.Name] = values.Values[i]
				}
			}
		}
		return true
	})
}

func (g *goFile) visit(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.ImportSpec:
		return false
	case *ast.BinaryExpr:
		if n.Op != gotoken.ADD || !holdsText(n) {
			return true
		}
		g.judge(n, g.fold(n, 0))
		return false
	case *ast.BasicLit:
		if n.Kind == gotoken.STRING {
			g.judge(n, g.fold(n, 0))
		}
	}
	return true
}

func holdsText(expression ast.Expr) bool {
	switch e := expression.(type) {
	case *ast.BinaryExpr:
		return e.Op == gotoken.ADD && (holdsText(e.X) || holdsText(e.Y))
	case *ast.ParenExpr:
		return holdsText(e.X)
	case *ast.BasicLit:
		return e.Kind == gotoken.STRING
	}
	return false
}

// maxDepth bounds constants that name constants.
const maxDepth = 20

// fold gives the text of an expression, with a hole for what is not constant.
func (g *goFile) fold(expression ast.Expr, depth int) string {
	switch e := expression.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == gotoken.STRING {
			return text
		}
	case *ast.BinaryExpr:
		return g.fold(e.X, depth+1) + g.fold(e.Y, depth+1)
	case *ast.ParenExpr:
		return g.fold(e.X, depth+1)
	case *ast.Ident:
		if value, known := g.constants[e.Name]; known && depth < maxDepth {
			return g.fold(value, depth+1)
		}
	}
	return hole
}

func (g *goFile) judge(expression ast.Expr, text string) {
	text = verb.ReplaceAllString(text, hole)
	if !mayHoldSQL(text) {
		return
	}
	first, last := g.line(expression.Pos()), g.line(expression.End())
	for line := first - 1; line <= last; line++ {
		if g.checked[line] {
			return
		}
	}
	for _, f := range Check(text) {
		f.Line = min(first+f.Line-1, last)
		f.What = strings.ReplaceAll(f.What, strings.TrimSpace(hole), "what is put in at run time")
		g.findings = append(g.findings, f)
	}
}
