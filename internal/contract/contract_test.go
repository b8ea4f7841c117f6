package contract

import "testing"

func TestMemoryKeepsTheContract(t *testing.T) {
	CheckLoader(t, func(*testing.T) Store { return (&Memory{}).Store() })
}
