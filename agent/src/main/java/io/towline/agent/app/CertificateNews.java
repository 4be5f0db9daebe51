package io.towline.agent.app;

import io.towline.agent.enroll.Credential;
import io.towline.agent.stream.CredentialLoop;
import io.towline.vocabulary.Reason;
import org.jboss.logging.Logger;

/** What becomes of the agent's certificate, for people. Thread-safe. */
final class CertificateNews implements CredentialLoop.Listener {
  private static final Logger LOG = Logger.getLogger(CertificateNews.class);
  private static final String MATTER = "credential";

  private final AgentNews news;

  CertificateNews(AgentNews news) {
    this.news = news;
  }

  @Override
  public void certified(Credential credential) {
    news.isWellAgain(MATTER, "the agent has a certificate again");
    LOG.infof("certified by the hub until %s", credential.certificate().getNotAfter().toInstant());
  }

  @Override
  public void refused(Reason reason, String message) {
    news.warns(MATTER, 0, reason, "Enroll", message + " Next: " + reason.nextStep());
  }
}
