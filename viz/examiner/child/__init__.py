"""Child: runs a student's file, and programs with its class, in a process of its own.

It knows nothing of the package around it, and imports little: `process` puts this folder's own on the path and calls
``child.protocol.main``, so the imports in here are relative. The job comes on the standard input, the answers go to
what was the standard output, one JSON object a line; what the student's file itself reads and prints is nothing.
Whatever happens here, however it ends, happens to this process alone.

`naming` has what things are called in engines, `engine` a student's, `running` runs a program with it, and `protocol`
sets the limits and answers.
"""
