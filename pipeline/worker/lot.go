package worker

import "time"

// lot is what one load takes: messages of one subject, because one load goes to one
// partition and a supplier's observations share a subject, and their rows in order.
type lot[T any] struct {
	subject string
	parcels []parcel
	rows    []T
}

// parcel is a message in hand and how many of its lot's rows it brought.
type parcel struct {
	message delivery
	rows    int
}

// delivery is a message in hand, as stream.Message is.
type delivery interface {
	ID() string
	Subject() string
	Acknowledge() error
	Return(delay time.Duration) error
}

// lotOf moves the lot of a subject to the front, a new one where there is none.
func (l *loading[T]) lotOf(lots []*lot[T], subject string) []*lot[T] {
	for i, known := range lots {
		if known.subject == subject {
			lots[0], lots[i] = lots[i], lots[0]
			return lots
		}
	}
	added := &lot[T]{subject: subject}
	if room, ok := l.emptied.Get().(*[]T); ok {
		added.rows = *room
	}
	lots = append(lots, added)
	last := len(lots) - 1
	lots[0], lots[last] = lots[last], lots[0]
	return lots
}

// empty leaves the room of a lot's rows to the next: a hundred thousand of them are
// tens of megabytes.
func (l *loading[T]) empty(done *lot[T]) {
	clear(done.rows) // they keep whole messages
	room := done.rows[:0]
	done.rows = nil
	l.emptied.Put(&room)
}
