@_exported import Bytes
@_exported import Tensors
@_exported import GraphIR
@_exported import Operators
