package observe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Webhook posts alerts as JSON: the fields of Alert, and text for those that only
// show one.
type Webhook struct {
	URL       string
	TokenFile string // holds what is sent as "Authorization: Bearer …"; "" sends none
}

// Name implements Channel.
func (Webhook) Name() string { return "webhook" }

// webhookClient goes where it was told to, not where an answer sends it: the token
// goes along.
var webhookClient = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Send implements Channel. Any answer but 2xx is an error.
func (h Webhook) Send(ctx context.Context, alert Alert) error {
	body, err := json.Marshal(struct {
		Alert
		Text string `json:"text"`
	}{alert, alert.Text()})
	if err != nil {
		return fmt.Errorf("posting an alert: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("posting an alert: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if h.TokenFile != "" {
		token, err := readSecret(h.TokenFile)
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := webhookClient.Do(request)
	if err != nil {
		return fmt.Errorf("posting an alert: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection is used again
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("posting an alert to %s: it answered %s", request.URL.Redacted(), answer.Status)
	}
	return nil
}
