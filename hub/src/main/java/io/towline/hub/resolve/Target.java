package io.towline.hub.resolve;

import io.towline.envelope.Policy;
import java.util.List;

/**
 * One bundle on one cluster: what this step hands on.
 *
 * @param cluster with the labels that count
 * @param matchedTarget name of the entry of {@code targets} that matched first
 * @param matchedOverrides names of the overrides that matched; empty while none are honoured
 * @param input what a render needs to know; equal for all clusters that share a render
 * @param policy what the agent follows
 */
public record Target(
    BundleDeclaration bundle,
    ClusterFacts cluster,
    String matchedTarget,
    List<String> matchedOverrides,
    RenderInput input,
    Policy policy) {
  public Target {
    matchedOverrides = List.copyOf(matchedOverrides);
  }
}
