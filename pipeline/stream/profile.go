package stream

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"zhibiao/pipeline"
)

// difference is one setting as the profile wants it and as the broker has it.
type difference struct{ field, want, got string }

func firstDifference(what string, settings []difference) error {
	for _, s := range settings {
		if s.want != s.got {
			return pipeline.WithExit(pipeline.ExitEnvironment, fmt.Errorf(
				"checking %s: %s is %s, want %s; a broker with other settings can lose data, so make it anew or change it there",
				what, s.field, s.got, s.want))
		}
	}
	return nil
}

// compareStream returns the first setting in which a stream differs from the
// profile. Promises 1, 2 and 5 rest on them. MaxBytes must only be explicit.
func compareStream(want, got jetstream.StreamConfig) error {
	settings := []difference{
		{"subjects", joined(want.Subjects), joined(got.Subjects)},
		{"storage", want.Storage.String(), got.Storage.String()},
		{"retention", want.Retention.String(), got.Retention.String()},
		{"discard", want.Discard.String(), got.Discard.String()},
		{"replicas", fmt.Sprint(want.Replicas), fmt.Sprint(got.Replicas)},
		{"deny delete", fmt.Sprint(want.DenyDelete), fmt.Sprint(got.DenyDelete)},
		{"deny purge", fmt.Sprint(want.DenyPurge), fmt.Sprint(got.DenyPurge)},
		{"max messages", "-1", fmt.Sprint(got.MaxMsgs)},
		{"max messages per subject", "-1", fmt.Sprint(got.MaxMsgsPerSubject)},
		{"max message size", fmt.Sprint(want.MaxMsgSize), fmt.Sprint(got.MaxMsgSize)},
		{"max age", want.MaxAge.String(), got.MaxAge.String()},
		{"duplicate window", want.Duplicates.String(), got.Duplicates.String()},
		{"persist mode", want.PersistMode.String(), got.PersistMode.String()},
		{"no ack", "false", fmt.Sprint(got.NoAck)},
		{"sealed", "false", fmt.Sprint(got.Sealed)},
	}
	if got.MaxBytes <= 0 {
		settings = append(settings, difference{"max bytes", fmt.Sprint(want.MaxBytes), "unlimited"})
	}
	return firstDifference("stream "+want.Name, settings)
}

// compareConsumer returns the first setting in which a durable consumer differs
// from the profile.
func compareConsumer(want, got jetstream.ConsumerConfig) error {
	return firstDifference("consumer "+want.Durable, []difference{
		{"deliver policy", want.DeliverPolicy.String(), got.DeliverPolicy.String()},
		{"ack policy", want.AckPolicy.String(), got.AckPolicy.String()},
		{"max deliver", fmt.Sprint(want.MaxDeliver), fmt.Sprint(got.MaxDeliver)},
		{"back-off list", "0", fmt.Sprint(len(got.BackOff))},
		{"filter", "", strings.Join(append(got.FilterSubjects, got.FilterSubject), "")},
		{"headers only", "false", fmt.Sprint(got.HeadersOnly)},
		{"memory storage", "false", fmt.Sprint(got.MemoryStorage)},
		{"inactive threshold", "0s", got.InactiveThreshold.String()},
	})
}

func joined(subjects []string) string {
	return strings.Join(slices.Sorted(slices.Values(subjects)), " ")
}
