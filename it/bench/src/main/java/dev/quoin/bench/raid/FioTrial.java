package dev.quoin.bench.raid;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The requests of fio with plain system calls, to four files at once.
 *
 * @param pattern as fio's option rw
 * @param cold whether nothing is in the page cache when it begins
 * @param field of its terse output, from 0 on
 * @param unit what one of that field counts as
 */
record FioTrial(Path fio, Path directory, String pattern, boolean cold, int length, int field, double unit)
        implements Trial {

    /** Of reads and writes: KiB a second, and of writes: requests a second. */
    static final int READ_KIB = 6;

    static final int WRITE_KIB = 47;
    static final int WRITES = 48;

    private static final int FILES = 4;
    private static final Duration TIME_MAX = Duration.ofMinutes(2);

    /** Opens it, if the program is there. */
    static Opener opener(Path fio, String pattern, boolean cold, int length, int field, double unit) {
        return directory -> new FioTrial(fio, directory, pattern, cold, length, field, unit);
    }

    @Override
    public double run() throws BenchException {
        List<String> command = List.of(
                fio.toString(),
                "--name=raw",
                "--directory=" + directory,
                "--filename_format=file$jobnum",
                "--numjobs=" + FILES,
                "--size=" + ArrayTrials.USED / FILES,
                "--rw=" + pattern,
                "--bs=" + length,
                "--ioengine=psync",
                "--end_fsync=1",
                "--invalidate=" + (cold ? 1 : 0),
                "--group_reporting",
                "--minimal");
        String output = Command.run(TIME_MAX, command.toArray(String[]::new));
        String line = output.lines()
                .filter(each -> each.startsWith("3;"))
                .findFirst()
                .orElseThrow(() -> new BenchException("fio said '" + output.strip() + "', a terse line expected"));
        return Double.parseDouble(line.split(";", -1)[field]) * unit;
    }

    @Override
    public void close() {
        // The files go with the directory.
    }
}
