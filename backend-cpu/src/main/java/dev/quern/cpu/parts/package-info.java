/// Large batches part by part: where the values of a stretch of a program are more than the cache holds, the stretch is
/// run for some images (rows, sentences) after others, so that what its steps hand to each other stays in the cache.
///
/// [BatchAxes][dev.quern.cpu.parts.BatchAxes] reads off a kernel along which axis of each operand it can be divided,
/// [Division][dev.quern.cpu.parts.Division] divides views. A [Stretch][dev.quern.cpu.parts.Stretch] is steps that can
/// all be divided alike; [PartByPart][dev.quern.cpu.parts.PartByPart] chooses stretches and puts a
/// [Parts][dev.quern.cpu.parts.Parts] in the place of each.
@NullMarked
package dev.quern.cpu.parts;

import org.jspecify.annotations.NullMarked;
