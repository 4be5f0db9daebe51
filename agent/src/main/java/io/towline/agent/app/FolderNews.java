package io.towline.agent.app;

import io.towline.agent.stream.FolderLoop;
import io.towline.vocabulary.Reason;
import java.nio.file.Path;
import org.jboss.logging.Logger;

/** What becomes of the folder of exports, for people. One thread calls it. */
final class FolderNews implements FolderLoop.Listener {
  private static final Logger LOG = Logger.getLogger(FolderNews.class);
  private static final String MATTER = "folder";

  private final Path folder;
  private final AgentNews news;

  FolderNews(Path folder, AgentNews news) {
    this.folder = folder;
    this.news = news;
  }

  @Override
  public void empty() {
    news.ends(MATTER);
    LOG.infof("no export lies in %s yet; looking for one", folder);
  }

  @Override
  public void unreadable(String why) {
    news.warns(MATTER, 0, Reason.ENVELOPE_MALFORMED, "Verify", why);
  }

  @Override
  public void found() {
    news.ends(MATTER);
    LOG.infof("an export lies in %s, which is new or has changed", folder);
  }
}
