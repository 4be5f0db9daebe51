package io.towline.agent.observe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthRulesTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @ParameterizedTest(name = "{0} {2} is {3}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "ConfigMap|v1|{}|CURRENT",
        "ConfigMap|v1|{'metadata':{'deletionTimestamp':'2026-01-01T00:00:00Z'}}|TERMINATING",
        "Deployment|apps/v1|{'spec':{'replicas':1}}|IN_PROGRESS",
        "Deployment|apps/v1|{'metadata':{'generation':2},'status':{'observedGeneration':1,"
            + "'replicas':1,'updatedReplicas':1,'readyReplicas':1,'availableReplicas':1}}|IN_PROGRESS",
        "Deployment|apps/v1|{'metadata':{'generation':2},'status':{'observedGeneration':2,"
            + "'replicas':1,'updatedReplicas':1,'readyReplicas':1,'availableReplicas':1}}|CURRENT",
        "Deployment|apps/v1|{'spec':{'replicas':2},'status':{'observedGeneration':1,'replicas':3,"
            + "'updatedReplicas':2,'readyReplicas':2,'availableReplicas':2}}|IN_PROGRESS",
        "Deployment|apps/v1|{'status':{'observedGeneration':1,'conditions':[{'type':'Progressing',"
            + "'status':'False','reason':'ProgressDeadlineExceeded'}]}}|FAILED",
        "Deployment|apps/v1|{'spec':{'replicas':0},'status':{'observedGeneration':1}}|CURRENT",
        "StatefulSet|apps/v1|{'spec':{'replicas':2},'status':{'observedGeneration':1,'replicas':2,"
            + "'readyReplicas':2,'currentRevision':'a','updateRevision':'b'}}|IN_PROGRESS",
        "StatefulSet|apps/v1|{'spec':{'replicas':2},'status':{'observedGeneration':1,'replicas':2,"
            + "'readyReplicas':2,'currentRevision':'a','updateRevision':'a'}}|CURRENT",
        "DaemonSet|apps/v1|{'status':{'observedGeneration':1,'desiredNumberScheduled':2,"
            + "'currentNumberScheduled':2,'updatedNumberScheduled':2,'numberAvailable':1,"
            + "'numberReady':2}}|IN_PROGRESS",
        "ReplicaSet|apps/v1|{'status':{'observedGeneration':1,'replicas':1,"
            + "'availableReplicas':1}}|CURRENT",
        "Job|batch/v1|{}|IN_PROGRESS",
        "Job|batch/v1|{'status':{'startTime':'x'}}|CURRENT",
        "Job|batch/v1|{'status':{'conditions':[{'type':'Failed','status':'True'}]}}|FAILED",
        "CronJob|batch/v1|{}|CURRENT",
        "Pod|v1|{'status':{'phase':'Pending'}}|IN_PROGRESS",
        "Pod|v1|{'status':{'phase':'Running','containerStatuses':[{'state':{'waiting':"
            + "{'reason':'CrashLoopBackOff'}}}]}}|FAILED",
        "Pod|v1|{'status':{'phase':'Running','conditions':[{'type':'Ready','status':'True'}]}}"
            + "|CURRENT",
        "PersistentVolumeClaim|v1|{'status':{'phase':'Pending'}}|IN_PROGRESS",
        "PersistentVolumeClaim|v1|{'status':{'phase':'Bound'}}|CURRENT",
        "PersistentVolume|v1|{'status':{'phase':'Failed'}}|FAILED",
        "Service|v1|{'spec':{'type':'LoadBalancer'}}|IN_PROGRESS",
        "Service|v1|{'spec':{'type':'ClusterIP'}}|CURRENT",
        "Namespace|v1|{'status':{'phase':'Active'}}|CURRENT",
        "CustomResourceDefinition|apiextensions.k8s.io/v1|{'status':{'conditions':[{'type':"
            + "'NamesAccepted','status':'False','reason':'Taken'}]}}|FAILED",
        "CustomResourceDefinition|apiextensions.k8s.io/v1|{'status':{'conditions':[{'type':"
            + "'Established','status':'True'}]}}|CURRENT",
        "APIService|apiregistration.k8s.io/v1|{}|IN_PROGRESS",
        "PodDisruptionBudget|policy/v1|{'status':{'desiredHealthy':2,'currentHealthy':1}}"
            + "|IN_PROGRESS",
        "Thing|example.org/v1|{'status':{'conditions':[{'type':'Ready','status':'False'}]}}"
            + "|IN_PROGRESS",
        "Thing|example.org/v1|{'status':{'conditions':[{'type':'Stalled','status':'True'}]}}"
            + "|FAILED",
        "Thing|example.org/v1|{'metadata':{'generation':3},'status':{'observedGeneration':2}}"
            + "|IN_PROGRESS",
      })
  void judgesByTheRulesOfKstatus(String kind, String apiVersion, String rest, Health.State expected)
      throws Exception {
    var object =
        (com.fasterxml.jackson.databind.node.ObjectNode) MAPPER.readTree(rest.replace('\'', '"'));
    object.put("kind", kind).put("apiVersion", apiVersion);

    Health health = HealthRules.of(object);

    assertThat(health.state()).isEqualTo(expected);
    assertThat(health.message().isEmpty()).isEqualTo(expected == Health.State.CURRENT);
  }

  @Test
  void aPodThatWaitsSaysWhyInTheWordOfTheKubelet() throws Exception {
    Health health =
        HealthRules.of(
            MAPPER.readTree(
                """
                {"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Pending",
                 "containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]}}
                """));

    assertThat(health).isEqualTo(Health.inProgress("a container waits: ImagePullBackOff"));
  }
}
