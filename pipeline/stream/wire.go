package stream

//go:generate go run github.com/tinylib/msgp -file=wire.go -o=wire.gen.go -unexported -io=false

//msgp:tuple wireOrigin wireRow wireRefusal
//msgp:limit arrays:64 maps:16 marshal:true

// The structs below are what is in a message: tuples, so the order of their
// fields is the format. A change of it is a new schema number. Times are
// milliseconds since 1970, dates days since then.

type wireOrigin struct {
	Source       string
	Supplier     string
	Lineage      string
	Version      string
	Document     string
	FetchedAt    int64
	KnownAt      int64
	PublishedAt  int64
	Precision    string
	Derivation   string
	DerivationNo uint16
}

type wireRow struct {
	Indicator string
	Region    string
	Freq      string
	Basis     string
	Start     int32
	End       int32
	Dims      string
	Op        string
	Value     string
	Unit      string
	Decimals  uint8
	HalfWidth string
	Status    string
	Round     string
	Flags     []string
	Access    string
	RawText   string
	RawUnit   string
	Factor    string
	Sign      int8
	Locator   string
	ByteStart uint32
	ByteEnd   uint32
	Prior     string
}

type wireRefusal struct {
	Closed    bool
	Reason    string
	Label     string
	Table     string
	Indicator string
	Detail    string
	Count     int
	Quote     string
	Locator   string
	ByteStart uint32
	ByteEnd   uint32
}
