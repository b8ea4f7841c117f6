package decode

import "zhibiao/pipeline"

// Fault says why a whole body could not be decoded. It becomes a refusal of the
// document.
type Fault struct {
	Reason pipeline.Reason
	Detail string // what is wrong, where, what to do
}

func (f *Fault) Error() string { return f.Detail }

func fault(reason pipeline.Reason, detail string) *Fault {
	return &Fault{Reason: reason, Detail: detail}
}
