# Sourced by the launchers at the top of the tree: finds a JDK, builds what is stale, names the class path.
# shellcheck shell=bash

JAVA_RELEASE=25
QUOIN_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD_DIR="$QUOIN_HOME/.quoin-build"

# For every JVM of ours; the last two silence warnings about native access.
# shellcheck disable=SC2034
COMMON_JVM=(-XX:-UsePerfData --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)

# For what serves: the lock manager's state is on the heap, and a pause as long as an election timeout would cost the leadership.
# Serial collection stops it for 2 s at a million locks, this one for 0.1 s at most and 0.03 s as a rule.
# shellcheck disable=SC2034
SERVER_JVM=(-XX:+UseG1GC -XX:MaxGCPauseMillis=30 -Xms64m -Xmx2g -XX:MaxDirectMemorySize=1g "${COMMON_JVM[@]}")

# The feature release of the JDK in directory $1, or nothing if there is none.
jdk_release() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

# Sets JAVA_HOME to a JDK of release $JAVA_RELEASE or newer; explains and exits with 1 if there is none.
find_jdk() {
  local candidate found="" release on_path
  on_path=$(command -v javac 2>/dev/null) && on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
  for candidate in "${JAVA_HOME:-}" "${QUOIN_JDK:-}" "$on_path" /usr/lib/jvm/* /opt/java/* /opt/jdk* \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$candidate" ] || continue
    release=$(jdk_release "$candidate")
    [ -n "$release" ] || continue
    if [ "$release" -ge "$JAVA_RELEASE" ]; then
      export JAVA_HOME=$candidate
      return 0
    fi
    case " $found " in *" $release "*) ;; *) found="$found $release" ;; esac
  done
  cat >&2 <<TXT
quoin: no JDK $JAVA_RELEASE or newer found (found:${found:- none}; looked at JAVA_HOME, PATH, /usr/lib/jvm, ~/.sdkman, ~/.jdks).
Install one, for example Eclipse Temurin $JAVA_RELEASE (package temurin-$JAVA_RELEASE-jdk), or point JAVA_HOME at one that is unpacked already.
TXT
  exit 1
}

# Explains and exits with 1 if there is no Maven.
need_maven() {
  command -v mvn >/dev/null 2>&1 && return 0
  echo "quoin: Maven (mvn) not found, 3.8 or newer expected: install the package maven and run this again." >&2
  exit 1
}

# Builds module $1 (a directory) and what it needs if any source is newer than the last such build.
build_if_stale() {
  local module=$1 stamp="$BUILD_DIR/${1//\//-}.stamp" log="$BUILD_DIR/${1//\//-}.log"
  if [ -f "$stamp" ] && [ -d "$QUOIN_HOME/$module/target/lib" ] && [ -z "$(newer_sources "$stamp")" ]; then
    return 0
  fi
  need_maven
  mkdir -p "$BUILD_DIR" || exit 1
  echo "quoin: building (the first time takes a few minutes) ..." >&2
  touch "$stamp.new"
  if ! (cd "$QUOIN_HOME" && mvn -B -q -Dquick -DskipTests -pl "$module" -am package) >"$log" 2>&1; then
    grep -E '^\[ERROR\]|BUILD' "$log" | head -20 >&2
    echo "quoin: the build failed; all of its output is in $log" >&2
    exit 1
  fi
  mv "$stamp.new" "$stamp"
}

# One product source that is newer than file $1, or nothing.
newer_sources() {
  find "$QUOIN_HOME" \( -name target -o -name .git -o -name .quoin-build -o -path '*/src/test' \) -prune \
    -o -type f \( -name '*.java' -o -name '*.proto' -o -name pom.xml -o -path '*/src/main/resources/*' \) \
    -newer "$1" -print -quit 2>/dev/null
}

# The class path of module $1, after build_if_stale.
class_path() {
  local jar
  jar=$(find "$QUOIN_HOME/$1/target" -maxdepth 1 -name 'quoin-*.jar' ! -name '*-sources.jar' -print -quit)
  echo "$jar:$QUOIN_HOME/$1/target/lib/*"
}
