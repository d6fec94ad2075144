package dev.quoin.bench.raid;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Contestant;
import dev.quoin.bench.Measure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Has one trial open at a time: that of the measure it was last warmed up for. */
final class TrialContestant implements Contestant {

    /** After fewer runs of a second the compiler is still at work. */
    private static final int WARM_UPS = 4;

    private final String name;
    private final Path directory;
    private final Map<Measure, Trial.Opener> openers;
    private @Nullable Trial open;

    TrialContestant(String name, Path directory, Map<Measure, Trial.Opener> openers) {
        this.name = name;
        this.directory = directory;
        this.openers = Map.copyOf(openers);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean takesPart(Measure measure) {
        return openers.containsKey(measure);
    }

    @Override
    public void warmUp(Measure measure) throws BenchException {
        close();
        Trial.Opener opener = openers.get(measure);
        if (opener == null) {
            throw new BenchException(name + " has no " + measure.name());
        }
        try {
            open = opener.open(Files.createDirectory(directory.resolve(name + "-" + measure.name())));
        } catch (IOException failure) {
            throw new BenchException("cannot make " + directory + ": " + failure.getMessage(), failure);
        }
        for (int i = 0; i < WARM_UPS; i++) {
            run(measure);
        }
    }

    @Override
    public double run(Measure measure) throws BenchException {
        Trial trial = open;
        if (trial == null) {
            throw new BenchException(measure.name() + " was not warmed up");
        }
        return trial.run();
    }

    @Override
    public void close() {
        Trial trial = open;
        open = null;
        if (trial != null) {
            trial.close();
        }
    }
}
