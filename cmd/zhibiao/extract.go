package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"zhibiao/configs"
	"zhibiao/loaders/ndjson"
	"zhibiao/pipeline"
	"zhibiao/transformers"
	"zhibiao/transformers/decode"
)

// maxExtract is the largest file that extract reads.
const maxExtract = 64 << 20

func extractCommand(c *cli) *cobra.Command {
	var address, source, format string
	command := &cobra.Command{
		Use:   "extract FILE…",
		Short: "Read documents offline and print what they say",
		Long: `Read documents offline, without broker or warehouse, and print the observations
and the refusals. The rules are those of --source, or of the source whose file
names the host of --url, or general ones.`,
		Example: `  zhibiao extract page.html --url http://www.qingxu.gov.cn/tjgb/t20250421_1.shtml --format table`,
		Args:    cobra.MinimumNArgs(1),
	}
	command.Flags().StringVar(&address, "url", "", "where the document was published")
	command.Flags().StringVar(&source, "source", "", "source whose rules apply")
	command.Flags().StringVar(&format, "format", "ndjson", "output: ndjson, table")
	command.RunE = func(cmd *cobra.Command, files []string) error {
		if !slices.Contains([]string{"ndjson", "table"}, format) {
			return pipeline.WithExit(pipeline.ExitYourInput, fmt.Errorf("unknown format %q: choose ndjson or table", format))
		}
		if err := checkPublishedAt(address); err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, err)
		}
		settings, err := loadSettings(c.dataDir, c.configFile)
		if err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, err)
		}
		set, err := loadConfigs(settings)
		if err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, err)
		}
		if source != "" {
			if _, err := set.Source(source); err != nil {
				return pipeline.WithExit(pipeline.ExitYourInput, err)
			}
		}
		x := extraction{set: set, reader: transformers.New(), url: address, source: source, format: format, out: cmd.OutOrStdout()}
		return x.files(cmd.Context(), files)
	}
	return command
}

// checkPublishedAt wants the address of a page, or none.
func checkPublishedAt(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return fmt.Errorf("--url %q: want the address at which the document was published, beginning with http:// or https://", address)
	}
	return nil
}

// extraction is one call of extract.
type extraction struct {
	set                 *configs.Set
	reader              *transformers.Transformer
	url, source, format string
	out                 io.Writer
}

// files reads each file; one that cannot be read does not stop the others.
func (x *extraction) files(ctx context.Context, names []string) error {
	var problems []error
	for _, name := range names {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := x.file(name); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
		}
	}
	return pipeline.WithExit(pipeline.ExitYourInput, errors.Join(problems...))
}

func (x *extraction) file(name string) error {
	body, err := readBounded(name)
	if err != nil {
		return err
	}
	rules, err := x.rules(body)
	if err != nil {
		return err
	}
	doc := pipeline.NewDocument(pipeline.RawDocument{
		Source: rules.Source.Name, Supplier: pipeline.Public, Access: pipeline.AccessPublic,
		Method: "GET", URL: x.url, Body: body,
	}, "", pipeline.Derivation{ID: rules.ID, No: 1, Parser: transformers.Parser})
	reading, err := x.reader.Read(doc, rules)
	if err != nil {
		return err
	}
	if x.format == "table" {
		return showReading(x.out, x.set, body, doc.MediaType, reading)
	}
	return ndjson.Write(x.out, reading.Observations, reading.Refusals)
}

func readBounded(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	body, err := io.ReadAll(io.LimitReader(file, maxExtract+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxExtract {
		return nil, fmt.Errorf("larger than %d MiB: cut it into parts", maxExtract>>20)
	}
	return body, nil
}

// rules finds the rules of the source that was named, of the one that the URL
// belongs to, or general ones for the document's form.
func (x *extraction) rules(body []byte) (*pipeline.Rules, error) {
	if x.source != "" {
		return x.set.Rules(x.source, transformers.Parser)
	}
	if x.url != "" {
		if source, ok := x.set.SourceForURL(x.url); ok {
			return x.set.Rules(source.Name, transformers.Parser)
		}
	}
	return x.set.GenericRules(kindOf(body), transformers.Parser), nil
}

// kindOf tells the kind of a document whose source is not known.
func kindOf(body []byte) pipeline.DocumentKind {
	switch form := decode.FormOf(body); {
	case form == decode.FormHTML:
		return pipeline.KindHTML
	case form != decode.FormJSON:
		return pipeline.KindFile
	case bytes.Contains(body, []byte(`"returndata"`)) || bytes.Contains(body, []byte(`"wdcode"`)):
		return pipeline.KindEasyquery
	default:
		return pipeline.KindNBS2026
	}
}
