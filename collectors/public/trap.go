package public

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Bounds of addresses and pages beyond which a site leads on without end.
const (
	maxURL      = 2083 // bytes, what browsers and servers commonly stand
	maxSegments = 20   // of a path
	maxRepeats  = 2    // of one segment in a row
	maxSameBody = 5    // addresses of one list that give one and the same body
	calendarTo  = 1    // years ahead that an address may name
)

// namedYear is a year in the query of a calendar or an archive.
var namedYear = regexp.MustCompile(`(?i)[?&;][a-z_]*(?:year|date|month|day|nian|yue|riqi)[a-z_]*=((?:1\d|2\d)\d\d)`)

// trapSign returns why an address is not followed, or "".
func trapSign(u *url.URL, now time.Time) string {
	text := u.String()
	if len(text) > maxURL {
		return fmt.Sprintf("an address of %d bytes", len(text))
	}
	segments := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(segments) > maxSegments {
		return fmt.Sprintf("a path of %d segments", len(segments))
	}
	for i, repeats := 1, 1; i < len(segments); i++ {
		if repeats++; segments[i] != segments[i-1] || segments[i] == "" {
			repeats = 1
		}
		if repeats > maxRepeats {
			return fmt.Sprintf("a path that repeats %q", segments[i])
		}
	}
	if found := namedYear.FindStringSubmatch("?" + u.RawQuery); found != nil {
		if year, _ := strconv.Atoi(found[1]); year < earliestYear || year > now.In(china).Year()+calendarTo {
			return fmt.Sprintf("a calendar in the year %d", year)
		}
	}
	return ""
}

// sameBodies counts how many addresses of a list gave the same body.
type sameBodies map[[sha256.Size]byte]int

// tooMany notes a body and reports whether so many addresses gave it that the list
// leads nowhere.
func (s sameBodies) tooMany(body []byte) bool {
	hash := sha256.Sum256(body)
	s[hash]++
	return s[hash] > maxSameBody
}
