"""Points: what one quantity of a meter is, and the registers that hold it."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from plant.errors import UnitError
from plant.units import is_known, parse_quantity, parse_unit, ratio

WORDS = {
    "bit": 1, "int16": 1, "uint16": 1, "int32": 2, "uint32": 2, "float32": 2,
    "int64": 4, "uint64": 4, "float64": 4, "bcd16": 1, "bcd32": 2,
}  # fmt: skip
Type = Literal[
    "bit", "int16", "uint16", "int32", "uint32", "float32", "int64", "uint64", "float64",
    "bcd16", "bcd32",
]  # fmt: skip
Order = Literal["ABCD", "CDAB", "BADC", "DCBA"]
Sentinel = Literal["nan", "max", "min", "zero"]
Address = Annotated[int, Field(ge=0, le=65535)]
Function = Literal[1, 2, 3, 4]
LARGEST_EXPONENT = 10  # SunSpec's limit for a scale factor; 0x8000 there means "not implemented"


def _known_unit(text: str) -> str:
    if not is_known(text):
        raise ValueError("a known unit, such as kWh, m3/h or mg/L")
    parse_unit(text)
    return text


def _duration(text: str) -> str:
    try:
        parse_quantity(text, like="s")
    except UnitError as error:
        raise ValueError(str(error)) from error
    return text


UnitText = Annotated[str, AfterValidator(_known_unit)]
Duration = Annotated[str, AfterValidator(_duration)]


class Trust(StrEnum):
    """The rung that a register map stands on."""

    MAKER = "maker's document"
    SECOND = "second source"
    SEEN = "seen on hardware"


class Strict(BaseModel):
    """A part of a file in which an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)

    @field_validator("*", mode="before")
    @classmethod
    def _a_number_is_a_number(cls, found: Any, info: ValidationInfo) -> Any:
        field = cls.model_fields[info.field_name or ""]
        kinds = {field.annotation, *get_args(field.annotation)}
        if isinstance(found, bool) and bool not in kinds:
            raise ValueError("neither true nor false")
        reads_text = any(isinstance(one, BeforeValidator) for one in field.metadata)
        if isinstance(found, str) and kinds & {float, int} and not reads_text:
            # Quoted, 1.811 may be more than a thousand, as it is written in Viet Nam.
            raise ValueError("a number without quotes")
        return found


class Part(Strict):
    """One number in registers: where it lies and how it is coded."""

    address: Address
    type: Type
    order: Order | None = None
    factor: float = 1

    @property
    def words(self) -> int:
        """Registers (or bits) that it takes."""
        return WORDS[self.type]

    @property
    def end(self) -> int:
        """The address after its last register."""
        return self.address + self.words

    @cached_property
    def limits(self) -> tuple[int, int] | None:
        """The least and the largest whole number that it can hold; None of a float."""
        bits = 16 * self.words
        if self.type.startswith("float"):
            return None
        if self.type.startswith("bcd"):
            return 0, 10 ** (bits // 4) - 1
        if self.type.startswith("int"):
            return -(1 << bits - 1), (1 << bits - 1) - 1
        return 0, 1 if self.type == "bit" else (1 << bits) - 1


class Exponent(Part):
    """A register that holds a power of ten (SunSpec scale factor, TUF-2000 multiplier)."""

    add: int = 0
    usual: int = 0  # the power of ten, after adding, that a simulated meter shows


class UnitRegister(Part):
    """A register that says which unit the value is in."""

    units: dict[str, UnitText]  # TOML keys are texts; each is the register's number


class OrderRegister(Part):
    """A register that says in which order the device has been set to send its bytes."""

    orders: dict[str, Order]  # the factory's setting first


class Quality(Part):
    """A register that says whether the value may be believed."""

    mask: int = 0xFFFF
    shift: int = 0
    least: int | None = None
    most: int | None = None
    one_of: tuple[int, ...] | None = None
    says: str

    def accepts(self, word: int) -> bool:
        """Whether this register's word lets the value pass."""
        level = (word & self.mask) >> self.shift
        return (
            (self.least is None or level >= self.least)
            and (self.most is None or level <= self.most)
            and (self.one_of is None or level in self.one_of)
        )


class Point(Strict):
    """One quantity that a meter gives, and the registers that hold it."""

    function: Function
    address: Address | None = None
    type: Type | None = None
    order: Order = "ABCD"
    order_register: OrderRegister | None = None
    factor: float = 1
    parts: tuple[Part, ...] = ()
    exponent: Exponent | None = None
    unit: UnitText
    unit_register: UnitRegister | None = None
    kind: Literal["counter", "gauge"] = "gauge"
    net: bool = False  # a gauge that counts both ways, as imported less exported: it can fall
    resettable: bool = False
    modulus: float | None = None  # the value at which it begins again at zero [unit]
    resolution: float | None = None  # the smallest step [unit]
    max_rate: str | None = None  # largest plausible rate of a counter, e.g. "2 MW"
    least: float | None = None  # plausible range of the value [unit]
    most: float | None = None
    sentinels: tuple[Sentinel | int, ...] = ("nan",)
    quality: tuple[Quality, ...] = ()
    update: Duration = "0s"  # how often the meter itself renews the registers
    source: str | None = None
    trust: Trust | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Point:
        if bool(self.parts) == (self.address is not None):
            raise ValueError("give either address and type, or parts")
        if self.address is not None and self.type is None:
            raise ValueError("type is missing beside address")
        if self.kind == "gauge" and (self.modulus or self.max_rate or self.resettable):
            raise ValueError("modulus, max_rate and resettable belong to a counter")
        if self.kind == "counter" and self.net:
            raise ValueError("a net register can fall, so it is no counter: kind = 'gauge'")
        self._check_quantities()
        return self

    def _check_quantities(self) -> None:
        try:
            if self.max_rate is not None:
                parse_quantity(self.max_rate, like=f"{self.unit}/h")
        except UnitError as error:
            raise ValueError(str(error)) from error
        if self.unit_register:
            for unit in self.unit_register.units.values():
                try:
                    ratio(unit, self.unit)
                except UnitError as error:
                    raise ValueError(str(error)) from error

    @cached_property
    def numbers(self) -> tuple[Part, ...]:
        """The numbers whose sum is the value."""
        if self.parts:
            return self.parts
        assert self.address is not None  # noqa: S101 - _is_whole saw to it
        assert self.type is not None  # noqa: S101
        return (Part(address=self.address, type=self.type),)

    @cached_property
    def helpers(self) -> tuple[Part, ...]:
        """What must be known to make a value of the numbers; the exponent, if any, comes first."""
        single = (self.exponent, self.unit_register, self.order_register)
        return (*(part for part in single if part is not None), *self.quality)

    @cached_property
    def everything(self) -> tuple[Part, ...]:
        """All numbers that one value needs: its own and its helpers."""
        return (*self.numbers, *self.helpers)

    @property
    def wraps_at(self) -> float | None:
        """The value at which the counter begins again [unit], from the type if nothing is said."""
        if self.modulus is not None or self.kind != "counter" or len(self.numbers) != 1:
            return self.modulus
        (number,) = self.numbers
        wraps = number.type in ("uint16", "uint32", "bcd16", "bcd32") and not self.exponent
        return (number.limits[1] + 1.0) * self.factor if wraps and number.limits else None

    @property
    def step(self) -> float | None:
        """The size of one count [unit]; None for a float whose step is not said."""
        if self.resolution is not None:
            return self.resolution
        whole = all(p.type not in ("float32", "float64") for p in self.numbers)
        one = len({p.factor for p in self.numbers}) == 1
        return self.factor * self.numbers[0].factor if whole and one and not self.exponent else None

    @property
    def max_rate_per_h(self) -> float | None:
        """The largest plausible rate [unit/h]; None when the model does not say."""
        if self.max_rate is None:
            return None
        return parse_quantity(self.max_rate).to(f"{self.unit}/h")

    @property
    def update_s(self) -> float:
        """How often the meter renews the registers [s]."""
        return parse_quantity(self.update).to("s")
