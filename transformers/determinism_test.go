package transformers

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"zhibiao/pipeline"
)

// What is remembered between documents and within one must never show (promise
// 4): the bytes of a reading are those of a transformer that read nothing else,
// for any number of workers and any order.
func TestReadingsDoNotDependOnWorkersAndOrder(t *testing.T) {
	cases := allCases(t)
	for _, size := range []int{2_000, 20_000} {
		cases = append(cases, testCase{name: fmt.Sprintf("communique of %d bytes", size), rules: cases[0].rules,
			doc: testDocument(pipeline.RawDocument{URL: "http://www.pingyao.gov.cn/t.html", Body: communique(size)})})
	}
	want := make([][]byte, len(cases))
	for i, c := range cases {
		reading, err := New().Read(c.doc, c.rules)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		want[i] = encoded(t, &reading)
	}
	for _, workers := range []int{1, 4} {
		for seed := range uint64(2) {
			readShuffled(t, cases, want, workers, seed)
		}
	}
}

// readShuffled reads all cases twice, in an order of its own, with so many
// workers that share one transformer.
func readShuffled(t *testing.T, cases []testCase, want [][]byte, workers int, seed uint64) {
	t.Helper()
	order := make([]int, 0, 2*len(cases))
	for i := range cases {
		order = append(order, i, i)
	}
	random := rand.New(rand.NewPCG(seed, uint64(workers)))
	random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	transformer := New()
	var group sync.WaitGroup
	for part := range slices.Chunk(order, (len(order)+workers-1)/workers) {
		group.Go(func() {
			for _, i := range part {
				reading, err := transformer.Read(cases[i].doc, cases[i].rules)
				if err != nil {
					t.Errorf("%s: %v", cases[i].name, err)
					continue
				}
				if data, err := EncodeReading(&reading); err != nil || !bytes.Equal(data, want[i]) {
					t.Errorf("%s: %d workers in order %d read it differently (%v)", cases[i].name, workers, seed, err)
				}
			}
		})
	}
	group.Wait()
}
