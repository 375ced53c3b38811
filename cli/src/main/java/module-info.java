/// The `quern` command.
module dev.quern.cli {
    requires com.fasterxml.jackson.jr.ob;
    requires dev.quern;
    requires dev.quern.opencl;
    requires info.picocli;
    requires java.management;
    requires me.tongfei.progressbar;
    requires static transitive org.jspecify;

    opens dev.quern.cli to
            info.picocli;
}
