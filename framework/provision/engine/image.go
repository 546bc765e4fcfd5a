package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
)

// Time limits of the attempt to pull. A registry that cannot be reached must not
// hold up a build that can do without; one that answers may take its time.
const (
	registryLimit = 2 * time.Second
	pullLimit     = 10 * time.Minute
)

// registryURL is what answers, with or without permission, where official images
// can be pulled.
const registryURL = "https://registry-1.docker.io/v2/"

// Image is an image that the engine has.
type Image struct {
	// Ref is the name to run it by.
	Ref string
	// ID is the engine's own identifier, a digest of its configuration.
	ID string
	// Size is the number of bytes it takes in the engine.
	Size int64
}

// Inspect asks the engine about an image; not to have it is an error.
func Inspect(ctx context.Context, ref string) (Image, error) {
	result, err := cmd.Run(ctx, cmd.Command{Name: "docker", Args: []string{"image", "inspect", "--format", "{{.Id}} {{.Size}}", ref}})
	if err != nil {
		return Image{}, fmt.Errorf("inspect image %s: %w", ref, err)
	}
	id, size, _ := strings.Cut(strings.TrimSpace(result.Stdout), " ")
	bytes, err := strconv.ParseInt(size, 10, 64)
	if err != nil {
		return Image{}, fmt.Errorf("inspect image %s: read size: %w", ref, err)
	}
	return Image{Ref: ref, ID: id, Size: bytes}, nil
}

// Pull gets an image from the official registry. Where that does not answer it
// fails within seconds.
func Pull(ctx context.Context, ref string) error {
	if err := askRegistry(ctx); err != nil {
		return fmt.Errorf("pull image %s: %w", ref, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, pullLimit, errors.New("pull took too long"))
	defer cancel()
	if _, err := cmd.Run(ctx, cmd.Command{Name: "docker", Args: []string{"pull", "--quiet", ref}}); err != nil {
		return fmt.Errorf("pull image %s: %w", ref, err)
	}
	return nil
}

// askRegistry reports in a short time whether the registry answers at all.
func askRegistry(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, registryLimit, errors.New("registry did not answer in time"))
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, registryURL, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask registry: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask registry: %w", err)
	}
	_ = response.Body.Close() // nothing of it is read
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusUnauthorized {
		return fmt.Errorf("ask registry: it answers %s", response.Status)
	}
	return nil
}
