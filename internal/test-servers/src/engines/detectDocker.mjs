// Ends with success when a Docker engine answers. In a process of its own, as an engine that hangs can only be left alone then.
import { getContainerRuntimeClient } from 'testcontainers';

await getContainerRuntimeClient();
process.exit();
