/// JCuda as the second road to the driver: [JcudaDriver][dev.quern.gpu.jcuda.JcudaDriver] is what
/// `-Dquern.cuda.driver=jcuda` chooses. Nothing here is loaded where JCuda is not used.
@NullMarked
package dev.quern.gpu.jcuda;

import org.jspecify.annotations.NullMarked;
