/// The `quern` command.
module dev.quern.cli {
    requires dev.quern;
    requires info.picocli;
    requires me.tongfei.progressbar;
    requires com.fasterxml.jackson.jr.ob;
    requires static transitive org.jspecify;
}
