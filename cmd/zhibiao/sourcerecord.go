package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"zhibiao/collectors/public"
	"zhibiao/configs"
	"zhibiao/pipeline"
	"zhibiao/transformers"
)

func sourceRecordCommand(c *cli) *cobra.Command {
	var r recording
	command := &cobra.Command{
		Use:   "record URL",
		Short: "Fetch one page politely, save it as an example and propose a source's file",
		Long: `Fetch one page as a source would: named, slowly, obeying robots.txt. The page is saved in
DIR/NAME.example, and DIR/NAME.yaml proposes a source with what was recognised. Nothing
that is there is overwritten. Read every line of the proposal before it runs.`,
		Example: `  zhibiao source record http://www.example.gov.cn/tjgb/t20250421_1.shtml --contact data@example.cn \
      --dir my-configs/sources --name example-communique --list http://www.example.gov.cn/tjgb/`,
		Args: cobra.ExactArgs(1),
	}
	command.Flags().StringVar(&r.dir, "dir", ".", "folder for the source's file and its example")
	command.Flags().StringVar(&r.name, "name", "", "name of the source: a–z, 0–9 and - (default: from the host)")
	command.Flags().StringVar(&r.contact, "contact", "", "how the publisher reaches whoever collects: mail or telephone; required")
	command.Flags().StringVar(&r.region, "region", "", "GB/T 2260 code that the page is about, where it does not say")
	command.Flags().StringVar(&r.list, "list", "", "the list that links to such pages; without it the page itself is named")
	command.Flags().StringArrayVar(&r.allow, "allow-addr", nil, "address with port, such as 10.1.2.3:80, that may be asked although it is not public; repeatable, and written into the file")
	command.RunE = func(cmd *cobra.Command, arguments []string) error {
		i, err := c.installedSources()
		if err != nil {
			return err
		}
		r.url, r.installed = arguments[0], i
		if err := r.check(); err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, err)
		}
		raw, err := r.fetch(cmd.Context())
		if err != nil {
			return environment("fetching "+r.url, err)
		}
		proposed, err := r.propose(raw)
		if err != nil {
			return err
		}
		if err := r.save(raw, proposed); err != nil {
			return pipeline.WithExit(pipeline.ExitYourInput, err)
		}
		c.printf("%s", proposed.report(&r))
		return nil
	}
	return command
}

// recording is one call of source record.
type recording struct {
	installed                             installed
	url, dir, name, contact, region, list string
	allow                                 []string
}

// check looks at all that was given before anybody is asked.
func (r *recording) check() error {
	u, err := url.Parse(r.url)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return fmt.Errorf("%q is no address: write it in full, with http:// or https://", r.url)
	}
	if r.name == "" {
		r.name = strings.ReplaceAll(strings.TrimPrefix(u.Hostname(), "www."), ".", "-")
	}
	if r.contact == "" {
		return errors.New("--contact is missing: a publisher must be able to reach whoever collects")
	}
	for _, file := range []string{r.file(), r.folder()} {
		if exists(file) {
			return fmt.Errorf("%s is there already: choose another --name, or take it away", file)
		}
	}
	return nil
}

func (r *recording) file() string   { return filepath.Join(r.dir, r.name+".yaml") }
func (r *recording) folder() string { return filepath.Join(r.dir, configs.ExampleFolder(r.name)) }

// fetch asks for the page alone, through the transport of every source.
func (r *recording) fetch(ctx context.Context) (pipeline.RawDocument, error) {
	source := &pipeline.Source{
		Name:         r.name,
		MinDocuments: 1,
		Impact:       pipeline.Impact{Contact: r.contact},
		Limits:       pipeline.Limits{MaxRequests: 5, AllowAddrs: r.allow},
		Pages:        &pipeline.PageCollection{Pages: []pipeline.DirectPage{{URL: r.url, Region: r.region}}},
		Rules:        pipeline.SourceRules{Name: r.name, Supplier: pipeline.Public},
	}
	collector, err := public.New(source, public.Options{Resolve: r.installed.settings.Resolve, Clock: now, Logger: zap.NewNop()})
	if err != nil {
		return pipeline.RawDocument{}, err
	}
	var got *pipeline.RawDocument
	err = collector.Collect(ctx, pipeline.Window{}, func(_ context.Context, raw pipeline.RawDocument) error {
		got = &raw
		return nil
	})
	if err == nil && got == nil {
		err = errors.New("the publisher's answer held no document")
	}
	if err != nil {
		return pipeline.RawDocument{}, err
	}
	return *got, nil
}

// propose reads the page under general rules and says what a file would hold.
func (r *recording) propose(raw pipeline.RawDocument) (*proposal, error) {
	kind := kindOf(raw.Body)
	rules := r.installed.set.GenericRules(kind, transformers.Parser)
	rules.Source.Region = r.region
	rules.ID = pipeline.ContentID("record", rules.ID, r.region)
	doc := pipeline.NewDocument(raw, "", pipeline.Derivation{ID: rules.ID, No: 1, Parser: transformers.Parser})
	reading, err := transformers.New().Read(doc, rules)
	if err != nil {
		return nil, err
	}
	return newProposal(raw, kind, reading), nil
}

// save writes the example and, last, the file.
func (r *recording) save(raw pipeline.RawDocument, p *proposal) error {
	if err := os.MkdirAll(r.folder(), 0o755); err != nil {
		return err
	}
	name := documentName(raw.URL, p.kind)
	entries := fmt.Sprintf("# Saved by zhibiao source record on %s.\ndocuments:\n  - file: %s\n    url: %s\n    media_type: %s\n",
		now().UTC().Format("2006-01-02"), quoted(name), quoted(raw.URL), quoted(raw.MediaType))
	if r.region != "" {
		entries += "    region: " + quoted(r.region) + "\n"
	}
	for file, text := range map[string][]byte{
		filepath.Join(r.folder(), name):                raw.Body,
		filepath.Join(r.folder(), configs.ExampleList): []byte(entries),
		r.file(): []byte(p.yaml(r)),
	} {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return fmt.Errorf("saving the proposal: %w", err)
		}
	}
	return nil
}

// documentName is the last part of the address, with an ending that says what it
// is.
func documentName(address string, kind pipeline.DocumentKind) string {
	name := "document"
	if u, err := url.Parse(address); err == nil {
		if last := path.Base(u.Path); strings.Trim(last, "/.") != "" {
			name = last
		}
	}
	if path.Ext(name) == "" {
		ending := map[pipeline.DocumentKind]string{pipeline.KindHTML: ".html", pipeline.KindNBS2026: ".json", pipeline.KindEasyquery: ".json"}
		name += ending[kind]
	}
	return name
}
