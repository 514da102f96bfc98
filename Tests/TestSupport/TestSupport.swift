@_exported import Bytes
@_exported import GraphIR
@_exported import Operators
@_exported import Tensors
