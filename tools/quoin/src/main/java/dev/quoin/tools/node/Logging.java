package dev.quoin.tools.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where log lines go: nowhere, until a node runs, and then to {@code log/quoin.log} in its directory. The terminal is for what
 * the user asked for.
 */
public final class Logging {

    private static final String FILE_SIZE_MAX = "16MB";
    private static final int FILES_MAX = 3;

    private Logging() {}

    /** Drops all lines, also those of {@code java.util.logging}. */
    public static void toNowhere() {
        context().reset();
        context().getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
        LogManager.getLogManager().reset();
        java.util.logging.Logger.getLogger("").addHandler(new Bridge());
    }

    /** Appends all lines to files under {@code directory}, of limited size and number. */
    public static void toDirectory(Path directory) {
        LoggerContext context = context();
        context.reset();
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX,UTC} %-5level %logger{24} [%thread] %msg%n%ex{20}");
        encoder.start();
        var appender = new RollingFileAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setFile(directory.resolve("log").resolve("quoin.log").toString());
        appender.setEncoder(encoder);
        var rolling = new FixedWindowRollingPolicy();
        rolling.setContext(context);
        rolling.setParent(appender);
        rolling.setFileNamePattern(
                directory.resolve("log").resolve("quoin.%i.log").toString());
        rolling.setMaxIndex(FILES_MAX);
        rolling.start();
        var trigger = new SizeBasedTriggeringPolicy<ILoggingEvent>();
        trigger.setMaxFileSize(FileSize.valueOf(FILE_SIZE_MAX));
        trigger.setContext(context);
        trigger.start();
        appender.setRollingPolicy(rolling);
        appender.setTriggeringPolicy(trigger);
        appender.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(appender);
        context.getLogger("dev.quoin").setLevel(Level.INFO);
    }

    private static LoggerContext context() {
        return (LoggerContext) LoggerFactory.getILoggerFactory();
    }

    /** Hands on what libraries say through {@code java.util.logging}, which would write to the terminal. */
    private static final class Bridge extends Handler {
        @Override
        public void publish(LogRecord line) {
            Logger logger = LoggerFactory.getLogger(String.valueOf(line.getLoggerName()));
            if (line.getLevel().intValue() >= java.util.logging.Level.SEVERE.intValue()) {
                logger.error(line.getMessage(), line.getThrown());
            } else if (line.getLevel().intValue() >= java.util.logging.Level.WARNING.intValue()) {
                logger.warn(line.getMessage(), line.getThrown());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
