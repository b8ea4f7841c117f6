package faults_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"zhibiao/internal/faults"
	"zhibiao/pipeline"
	"zhibiao/pipeline/stream"
	"zhibiao/warehouse/warehousetest"
)

// longestDelay is how long poison may hold up what stands beside it.
const longestDelay = time.Minute

// rowPoisonRow puts one row that can never be stored among five thousand.
func rowPoisonRow(t *trial) {
	w := newTown(t, redelivery)
	many := warehousetest.Many(5000)
	at := t.random.IntN(len(many))
	switch t.random.IntN(4) {
	case 0:
		many[at].Value = "1e400"
	case 1:
		many[at].Indicator = "bad\xff\xfeutf-8"
	case 2:
		many[at].Period.Start, many[at].Period.End = pipeline.DateOf(1849, 1, 1), pipeline.DateOf(1849, 12, 31)
	default:
		many[at].Op = "invent"
	}
	var owed []string
	for begin := 0; begin < len(many); begin += 500 { // those of one document
		batches, err := stream.EncodeObservations(many[begin].Origin, many[begin:begin+500])
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range batches {
			if err := w.operator.Publish(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, o := range many {
		if i != at {
			owed = append(owed, rowInWords(o))
		}
	}
	t.Faults = 1
	w.startWorker("load")
	w.faultEnded()
	w.awaitIdle(longestDelay)
	w.settle(faults.Judge(owed, nil, w.rows()))
	w.deadOnly(1)
}

// rowInWords writes a row without a document as found does.
func rowInWords(o pipeline.Observation) string {
	return strings.Join([]string{o.Origin.Source, "", "", "", o.Indicator, o.Region, string(o.Period.Freq), string(o.Period.Basis),
		o.Period.Start.String(), o.Period.End.String(), decimal.RequireFromString(o.Value).String(), o.Unit, o.RawText, string(o.Status), string(o.Op)}, between)
}

// deadOnly wants so many dead letters, which are no failure of the run.
func (w *town) deadOnly(want uint64) {
	w.Helper()
	dead, err := w.operator.DeadLetters(w.Context())
	if err != nil || dead != want {
		w.Errorf("%d dead letters, %v, want %d", dead, err, want)
	}
	w.Note = strings.TrimSpace(fmt.Sprintf("%s %d dead letters, as there have to be", w.Note, dead))
}

// rowPoisonMessage puts messages that nobody can read among documents and rows.
func rowPoisonMessage(t *trial) {
	w := newTown(t, redelivery)
	for i, subject := range []string{"documents.poison", "observations.public", "refusals.poison", "records.run"} {
		payload := make([]byte, 1+t.random.IntN(4000))
		for j := range payload {
			payload[j] = byte(t.random.Uint32())
		}
		if err := w.operator.Publish(t.Context(), stream.Batch{Subject: subject, ID: fmt.Sprintf("poison-%d-%d", t.seed, i), Payload: payload}); err != nil {
			t.Fatal(err)
		}
		t.Faults++
	}
	w.startWorker("transform")
	w.startWorker("load")
	w.faultEnded()
	c := w.newCollector()
	w.check(c.run)
	w.awaitIdle(longestDelay)
	w.settle(faults.Judge(w.obligations(), w.owed(1), w.rows()))
	w.deadOnly(4)
}

// rowBitFlipped turns one bit of a file over while nothing runs. What the archive or
// the warehouse says then is found wrong, and a rebuild mends the warehouse.
func rowBitFlipped(t *trial) {
	h := newHouse(t, "")
	h.mustRun(h.folder, collectArgs()...)
	place := []string{"warehouse", "archive"}[t.random.IntN(2)]
	file, bit := h.flip(place)
	t.Faults++
	h.faultEnded()
	verify := h.command(h.folder, "rebuild", "--verify")
	said, err := verify.CombinedOutput()
	found := err != nil
	t.Note = fmt.Sprintf("in the %s: bit %d of %s", place, bit, filepath.Base(file))
	if !found {
		t.Errorf("a flipped bit of %s is not found\n%s", file, tail(string(said)))
	}
	if place == "warehouse" {
		h.mustRun(h.folder, "rebuild")
	} else if err := h.turn(file, bit); err != nil { // an archive is mended from a backup
		t.Fatal(err)
	}
	h.mustRun(h.folder, "rebuild", "--verify")
	h.mustRun(h.folder, collectArgs()...)
	h.settle(h.judgeFolder(h.folder, h.owed(1), nil))
	h.Dead = h.deadLetters(h.folder)
}

// activeParts asks for the folders that the rows are read from.
const activeParts = "SELECT path FROM system.parts WHERE active AND table = 'observation' AND database = currentDatabase()"

// flip turns over one bit of a body, or of the columns of the observations.
func (h *house) flip(place string) (file string, bit int64) {
	h.Helper()
	pattern := []string{filepath.Join(h.folder, "archive", "bodies")}
	if place == "warehouse" {
		lines := strings.Split(strings.TrimSpace(h.mustRun(h.folder, "query", "--format", "tsv", activeParts)), "\n")
		pattern = lines[1:]
	}
	var files []string
	for _, root := range pattern {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && (place == "archive" || strings.HasSuffix(path, ".bin")) {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			h.Fatal(err)
		}
	}
	if len(files) == 0 {
		h.Fatalf("there is no file in %v", pattern)
	}
	file = files[h.random.IntN(len(files))]
	info, err := os.Stat(file)
	if err != nil {
		h.Fatal(err)
	}
	bit = h.random.Int64N(8 * info.Size())
	if err := h.turn(file, bit); err != nil {
		h.Fatal(err)
	}
	return file, bit
}

func (h *house) turn(file string, bit int64) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text[bit/8] ^= 1 << (bit % 8)
	if err := os.Chmod(file, 0o600); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
