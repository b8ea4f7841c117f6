package public

import (
	"bufio"
	"bytes"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// robotsRules is what a robots.txt says to us. The zero value allows everything.
// The reader follows RFC 9309, which the common library does not: it refuses a
// file with one bad line and does not anchor patterns at the path's beginning.
type robotsRules struct {
	rules []robotsRule
	delay time.Duration // Crawl-delay, no part of the standard
}

type robotsRule struct {
	pattern string // with * for any bytes and $ at its end
	allow   bool
}

// parseRobots reads a robots.txt: the groups that name us, or else those for
// everyone. Lines that it does not know are passed over, as the standard says.
func parseRobots(text []byte) robotsRules {
	var ours, everyone robotsRules
	var oursNamed, forUs, forEveryone, inRules bool
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	lines := bufio.NewScanner(bytes.NewReader(bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))))
	lines.Buffer(nil, maxRobots+1)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		name, value, found := strings.Cut(line, ":")
		if !found {
			continue
		}
		value = strings.TrimSpace(value)
		switch name = strings.ToLower(strings.TrimSpace(name)); name {
		case "user-agent":
			if inRules {
				forUs, forEveryone, inRules = false, false, false
			}
			forUs = forUs || strings.EqualFold(productToken(value), product)
			forEveryone = forEveryone || value == "*"
			oursNamed = oursNamed || forUs
		case "allow", "disallow", "crawl-delay":
			inRules = true
			if forUs {
				ours.add(name, value)
			}
			if forEveryone {
				everyone.add(name, value)
			}
		}
	}
	if oursNamed {
		return ours
	}
	return everyone
}

// productToken returns the name at the beginning of a user agent.
func productToken(agent string) string {
	end := strings.IndexFunc(agent, func(letter rune) bool {
		return (letter|0x20 < 'a' || letter|0x20 > 'z') && letter != '-' && letter != '_'
	})
	if end < 0 {
		return agent
	}
	return agent[:end]
}

func (r *robotsRules) add(name, value string) {
	if name == "crawl-delay" {
		if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds > 0 && seconds < 1e6 {
			r.delay = max(r.delay, time.Duration(seconds*float64(time.Second)))
		}
		return
	}
	if value != "" {
		r.rules = append(r.rules, robotsRule{pattern: normalPath(value), allow: name == "allow"})
	}
}

// allows applies the longest pattern that matches; of two of one length the
// allowing one. robots.txt itself is always allowed.
func (r robotsRules) allows(path string) bool {
	path = normalPath(path)
	if path == "/robots.txt" {
		return true
	}
	allowed, longest := true, -1
	for _, rule := range r.rules {
		length := len(rule.pattern)
		if (length > longest || length == longest && rule.allow) && matchPath(rule.pattern, path) {
			allowed, longest = rule.allow, length
		}
	}
	return allowed
}

// matchPath reports whether a pattern matches the beginning of a path; it takes
// time in proportion to the lengths' product at most.
func matchPath(pattern, path string) bool {
	anchored := strings.HasSuffix(pattern, "$")
	parts := strings.Split(strings.TrimSuffix(pattern, "$"), "*")
	if !strings.HasPrefix(path, parts[0]) {
		return false
	}
	path = path[len(parts[0]):]
	for i, part := range parts[1:] {
		if anchored && i == len(parts)-2 {
			return strings.HasSuffix(path, part)
		}
		at := strings.Index(path, part)
		if at < 0 {
			return false
		}
		path = path[at+len(part):]
	}
	return !anchored || path == ""
}

// pathOf returns the path and query of a URL, as robots.txt speaks of them.
func pathOf(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}

// normalPath writes percent-encoding in one way: letters, digits and -._~ bare,
// a percent sign that encodes nothing and all bytes that are not ASCII encoded, hex
// digits in upper case.
func normalPath(path string) string {
	var normal strings.Builder
	for i := 0; i < len(path); i++ {
		letter := path[i]
		if letter == '%' && i+2 < len(path) {
			if value, err := strconv.ParseUint(path[i+1:i+3], 16, 8); err == nil {
				i += 2
				if unreserved(byte(value)) {
					normal.WriteByte(byte(value))
				} else {
					normal.WriteString("%" + strings.ToUpper(path[i-1:i+1]))
				}
				continue
			}
		}
		if letter <= ' ' || letter >= 0x7f || letter == '%' {
			const digits = "0123456789ABCDEF"
			normal.Write([]byte{'%', digits[letter>>4], digits[letter&15]})
			continue
		}
		normal.WriteByte(letter)
	}
	return normal.String()
}

func unreserved(letter byte) bool {
	return letter >= 'a' && letter <= 'z' || letter >= 'A' && letter <= 'Z' || letter >= '0' && letter <= '9' ||
		letter == '-' || letter == '.' || letter == '_' || letter == '~'
}
