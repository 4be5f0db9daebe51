package io.towline.hub.git;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.ConfigConstants;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.StoredConfig;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.eclipse.jgit.transport.PackParser;
import org.jspecify.annotations.Nullable;

/** A bare repository on disk that takes in no more than a fetch may bring. */
final class BareRepository extends FileRepository {
  private static final String LOCK = ".lock";

  private final long maxObjectBytes;
  private final AtomicReference<@Nullable FetchBudget> budget = new AtomicReference<>();

  private BareRepository(FileRepositoryBuilder builder, long maxObjectBytes) throws IOException {
    super(builder);
    this.maxObjectBytes = maxObjectBytes;
  }

  /**
   * Opens the repository, or makes it. Nothing else uses the directory: locks in it are of a
   * process that died.
   */
  static BareRepository open(Path directory, long maxObjectBytes) throws IOException {
    IsolatedSystem.install();
    Files.createDirectories(directory);
    removeLocks(directory);
    FileRepositoryBuilder builder =
        new FileRepositoryBuilder().setGitDir(directory.toFile()).setBare().setMustExist(false);
    builder.setup();
    BareRepository repository = new BareRepository(builder, maxObjectBytes);
    if (!new File(directory.toFile(), "HEAD").exists()) {
      repository.create(true);
    }
    repository.configure();
    return repository;
  }

  private static void removeLocks(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
            return path.equals(directory.resolve("objects"))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path path, BasicFileAttributes attributes)
              throws IOException {
            if (path.toString().endsWith(LOCK)) {
              Files.delete(path);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void configure() throws IOException {
    StoredConfig config = getConfig();
    config.setInt(ConfigConstants.CONFIG_PROTOCOL_SECTION, null, "version", 2);
    config.setBoolean("fetch", null, "fsckObjects", true);
    config.setBoolean("transfer", null, "fsckObjects", true);
    // A redirect could lead to another host, and JGit would take the credentials along.
    config.setString("http", null, "followRedirects", "false");
    config.setBoolean("http", null, "sslVerify", true);
    config.setInt(ConfigConstants.CONFIG_GC_SECTION, null, "auto", 0);
    config.save();
  }

  /** What is taken in from now on counts against this. */
  void spend(FetchBudget of) {
    budget.set(of);
  }

  @Override
  public ObjectInserter newObjectInserter() {
    ObjectInserter inserter = super.newObjectInserter();
    return new ObjectInserter.Filter() {
      @Override
      protected ObjectInserter delegate() {
        return inserter;
      }

      @Override
      public PackParser newPackParser(InputStream in) throws IOException {
        FetchBudget limit = budget.get();
        PackParser parser = inserter.newPackParser(limit == null ? in : limit.count(in));
        parser.setMaxObjectSizeLimit(maxObjectBytes);
        return parser;
      }
    };
  }
}
