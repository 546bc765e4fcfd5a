// Package agentimage makes the image of the probe agent: one static binary and
// nothing else, as an archive that goes straight into a cluster's nodes. No
// engine is needed.
//
// The archive is named by its content and kept in the cache, so an unchanged
// agent is loaded as it is. Package provision imports it; labs use what it
// returns.
//
//	agent, err := agentimage.Ensure(ctx, agentimage.Options{})
//	if err != nil {
//		return err
//	}
//	fmt.Println(agent.Ref, agent.Archive)
package agentimage
