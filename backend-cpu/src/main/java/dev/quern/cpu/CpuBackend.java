package dev.quern.cpu;

import dev.quern.backend.Backend;
import dev.quern.backend.Executable;
import dev.quern.cpu.codegen.Generated;
import dev.quern.cpu.codegen.Generator;
import dev.quern.cpu.gemm.BlockKernel;
import dev.quern.cpu.gemm.PlainBlockKernel;
import dev.quern.cpu.gemm.Tile;
import dev.quern.cpu.gemm.TwinBlockKernel;
import dev.quern.cpu.machine.MachineBlockKernel;
import dev.quern.cpu.machine.MachineCode;
import dev.quern.cpu.machine.MachineFolds;
import dev.quern.cpu.machine.MachineMaps;
import dev.quern.cpu.machine.MachineTransforms;
import dev.quern.cpu.machine.MachineTransposer;
import dev.quern.cpu.machine.MachineWindowKernel;
import dev.quern.cpu.machine.SystemSeat;
import dev.quern.cpu.parts.PartByPart;
import dev.quern.cpu.plain.Elementwise;
import dev.quern.cpu.plain.Transposer;
import dev.quern.cpu.run.Seat;
import dev.quern.cpu.run.Warmer;
import dev.quern.cpu.run.WorkerPool;
import dev.quern.cpu.simd.MicroKernels;
import dev.quern.cpu.simd.VectorBlockKernel;
import dev.quern.cpu.window.WindowKernel;
import dev.quern.cpu.winograd.PlainTransforms;
import dev.quern.cpu.winograd.TransformKernel;
import dev.quern.kernel.Kernel;
import dev.quern.kernel.Program;
import dev.quern.tensor.Type.TensorType;
import java.lang.System.Logger;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Runs programs on the processor. Total: it refuses no kernel.
public final class CpuBackend implements Backend {
    static final String NAME = "cpu";
    private static final Logger LOG = System.getLogger(CpuBackend.class.getName());

    private final Tier tier;
    private final int threads;
    private final WorkerPool pool;
    private final Warmer warmer = new Warmer();
    private final BlockKernel blocks;
    private final TransformKernel transforms;
    private final @Nullable WindowKernel windows;
    private final Supplier<Elementwise> elementwise;
    private final PartByPart.Costs costs;

    /// @param tier the fastest form of loop to use
    /// @param threads the most threads that one run may use, the caller's included
    public CpuBackend(Tier tier, int threads) {
        this(tier, threads, false);
    }

    /// @param atOnce whether generated kernels run from the first call on, cold and slow as they are: for tests
    CpuBackend(Tier tier, int threads, boolean atOnce) {
        this(tier, threads, atOnce, PartByPart.Costs.USUAL);
    }

    /// @param costs by which programs go part by part
    CpuBackend(Tier tier, int threads, boolean atOnce, PartByPart.Costs costs) {
        this.tier = tier;
        this.costs = costs;
        this.threads = threads;
        this.pool = new WorkerPool(threads - 1, tier == Tier.MACHINE ? SystemSeat::new : () -> Seat.UNKNOWN);
        this.blocks = switch (tier) {
            case PLAIN -> new PlainBlockKernel(Tile.DEFAULT);
            case VECTOR -> new TwinBlockKernel(new VectorBlockKernel(new MicroKernels(warmer)));
            case MACHINE -> new MachineBlockKernel();
        };
        this.transforms = tier == Tier.MACHINE ? new MachineTransforms() : new PlainTransforms();
        this.windows = tier == Tier.MACHINE ? new MachineWindowKernel() : null;
        this.elementwise = tier == Tier.PLAIN ? () -> Elementwise.INTERPRETED : generated(atOnce);
        if (tier == Tier.PLAIN) {
            LOG.log(
                    Logger.Level.INFO,
                    "plain kernels on this JVM; the flag {0} brings the faster vector kernels",
                    Tier.FLAG);
        }
    }

    private Supplier<Elementwise> generated(boolean atOnce) {
        boolean machine = tier == Tier.MACHINE;
        Generator generator = new Generator(
                warmer,
                atOnce,
                tier.vectors(),
                machine ? new MachineMaps() : null,
                machine ? new MachineFolds() : null);
        Transposer transposer = machine ? new MachineTransposer() : Transposer.PLAIN;
        return () -> new Generated(generator, transposer);
    }

    @Override
    public String name() {
        return NAME;
    }

    /// One line for a person: threads, tier, vector width.
    String description() {
        return String.format(
                Locale.ROOT,
                "%d threads, %s kernels%s",
                threads,
                tier.name().toLowerCase(Locale.ROOT),
                switch (tier) {
                    case PLAIN -> " (" + Tier.FLAG + " brings faster ones)";
                    case VECTOR ->
                        Tier.MACHINE.obstacle().map(why -> " (" + why + ")").orElse("");
                    case MACHINE ->
                        " with " + MachineCode.describe() + (tier.vectors() ? "" : " (" + Tier.FLAG + " brings more)");
                });
    }

    @Override
    public boolean claims(Kernel.Claimed op, List<TensorType> inputs) {
        return ClaimedOperators.claims(op);
    }

    @Override
    public boolean compilesInPassing() {
        return tier == Tier.MACHINE;
    }

    @Override
    public Executable compile(Program program, Settings settings) {
        Elementwise forms = elementwise.get();
        int team = Math.clamp(settings.threads(), 1, threads);
        Program laidOut = windows == null
                ? program
                : JoinedKernels.in(InlineConstants.in(ChannelsLast.in(program)), blocks, forms);
        return new CpuExecutable(
                PartByPart.in(laidOut, team, costs, settings.control()),
                blocks,
                transforms,
                windows,
                forms,
                warmer,
                pool,
                team,
                settings.control());
    }

    @Override
    public void close() {
        warmer.close();
        pool.close();
    }
}
