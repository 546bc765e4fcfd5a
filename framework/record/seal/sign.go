package seal

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

// Signature is what the owner of a key said of a head.
type Signature struct {
	// Key is the public key in base64. It says who claims to have signed, and proves
	// nothing unless it is known from elsewhere.
	Key string `json:"key"`
	// Value is the Ed25519 signature in base64.
	Value string `json:"value"`
}

// howToMakeKeys is what the errors about keys suggest.
const howToMakeKeys = "`openssl genpkey -algorithm ed25519 -out run.key` makes one, `openssl pkey -in run.key -pubout -out run.pub` its public half"

// signed is the text that is signed: a signature of a head means nothing else.
func signed(head string) []byte { return []byte(Schema + "\n" + head + "\n") }

// Sign returns the manifest signed with a key.
func (m Manifest) Sign(key ed25519.PrivateKey) (Manifest, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok || len(key) != ed25519.PrivateKeySize {
		return Manifest{}, errors.New("sign manifest: it is no ed25519 key")
	}
	m.Signature = &Signature{
		Key:   base64.StdEncoding.EncodeToString(public),
		Value: base64.StdEncoding.EncodeToString(ed25519.Sign(key, signed(m.Head))),
	}
	return m, nil
}

// holds reports whether the signature is one of the head by the key that it names.
func (s Signature) holds(head string) bool {
	key, err := base64.StdEncoding.DecodeString(s.Key)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return false
	}
	value, err := base64.StdEncoding.DecodeString(s.Value)
	return err == nil && ed25519.Verify(key, signed(head), value)
}

// ReadKey reads the private key of a file.
func ReadKey(path string) (ed25519.PrivateKey, error) {
	block, err := readPEM(path)
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w", err)
	}
	key, err := x509.ParsePKCS8PrivateKey(block)
	if private, ok := key.(ed25519.PrivateKey); err == nil && ok {
		return private, nil
	}
	return nil, fmt.Errorf("read signing key %s: it is no private ed25519 key; %s", path, howToMakeKeys)
}

// ReadPublicKey reads the public key of a file.
func ReadPublicKey(path string) (ed25519.PublicKey, error) {
	block, err := readPEM(path)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	key, err := x509.ParsePKIXPublicKey(block)
	if public, ok := key.(ed25519.PublicKey); err == nil && ok {
		return public, nil
	}
	return nil, fmt.Errorf("read public key %s: it is no public ed25519 key; %s", path, howToMakeKeys)
}

func readPEM(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: it is not PEM; %s", path, howToMakeKeys)
	}
	return block.Bytes, nil
}
