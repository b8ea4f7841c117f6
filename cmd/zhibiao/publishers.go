package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"

	"zhibiao/collectors/public"
	"zhibiao/pipeline"
)

// publishers opens what is known of publishers between runs: validators of pages,
// marks of sources that keep us out, and the quarantine.
func (a *app) publishers() (*public.Memory, error) {
	known, err := public.OpenMemory(filepath.Join(a.dir, "publishers"))
	if err != nil {
		return nil, environment("opening what is known of publishers", err)
	}
	return known, nil
}

// newCollector makes the collector of a source. All of a line share the pace, and
// what is known of publishers.
func (l *line) newCollector(source *pipeline.Source) (*public.Collector, error) {
	proxy, authorities, err := l.app.settings.Collect.network()
	if err != nil {
		return nil, pipeline.WithExit(pipeline.ExitYourInput, err)
	}
	collector, err := public.New(source, public.Options{
		Resolve: l.app.settings.Resolve,
		Proxy:   proxy,
		CAs:     authorities,
		Pace:    l.pace,
		Bodies:  l.bodies,
		Memory:  l.known,
		Logger:  l.app.log,
		Clock:   now,
	})
	return collector, pipeline.WithExit(pipeline.ExitYourInput, err)
}

// network reads the proxy and the certificate authorities, nil for none.
func (c collectSettings) network() (*url.URL, *x509.CertPool, error) {
	var proxy *url.URL
	if c.Proxy != "" {
		var err error
		proxy, err = url.Parse(c.Proxy)
		if err != nil || proxy.Host == "" || !slices.Contains([]string{"http", "https", "socks5"}, proxy.Scheme) {
			return nil, nil, errors.New("collect.proxy: it is not an address that begins with http://, https:// or socks5://")
		}
	}
	if c.CAFile == "" {
		return proxy, nil, nil
	}
	authorities, err := public.ReadCAs(c.CAFile)
	if err != nil {
		return nil, nil, fmt.Errorf("collect.ca_file: %w", err)
	}
	return proxy, authorities, nil
}
