package matrix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Folders that do not outlive their scenario. */
public final class Folders {
    /** What is done in a folder. */
    @FunctionalInterface
    public interface Use {
        void in(Path folder) throws Exception;
    }

    private Folders() {}

    /** Makes an empty folder, and deletes it with all that is in it afterwards. */
    public static void use(String name, Use use) throws Exception {
        Path folder = Files.createTempDirectory(name);
        try {
            use.in(folder);
        } finally {
            delete(folder);
        }
    }

    public static void delete(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> found = Files.walk(folder)) {
            all = found.sorted(Comparator.reverseOrder()).collect(Collectors.toList());
        }
        for (Path one : all) {
            Files.deleteIfExists(one);
        }
    }
}
